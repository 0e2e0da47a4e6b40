import type { TokenFault } from "./protocol.ts";

/** What a return value of a PKCS#11 function means to us (PKCS#11 2.40, section 11.1). */
interface ReturnValue {
  readonly name: string;
  readonly fault: TokenFault;
  /** The session or the device is gone: the token has to be opened anew. */
  readonly lost?: true;
}

const internal = (name: string): ReturnValue => ({ name, fault: "INTERNAL_ERROR" });
const lostDevice = (name: string): ReturnValue => ({ name, fault: "NETWORK_ERRORS", lost: true });
const wrongPin = (name: string): ReturnValue => ({ name, fault: "INVALID_CREDENTIALS" });
const noToken = (name: string): ReturnValue => ({ name, fault: "CLUSTER_NOT_FOUND", lost: true });

/** The values whose meaning matters; all others are internal errors. */
export const returnValues: Readonly<Record<number, ReturnValue | undefined>> = {
  3: noToken("CKR_SLOT_ID_INVALID"),
  5: internal("CKR_GENERAL_ERROR"),
  6: internal("CKR_FUNCTION_FAILED"),
  7: internal("CKR_ARGUMENTS_BAD"),
  48: lostDevice("CKR_DEVICE_ERROR"),
  49: internal("CKR_DEVICE_MEMORY"),
  50: lostDevice("CKR_DEVICE_REMOVED"),
  64: internal("CKR_ENCRYPTED_DATA_INVALID"),
  65: internal("CKR_ENCRYPTED_DATA_LEN_RANGE"),
  96: internal("CKR_KEY_HANDLE_INVALID"),
  99: internal("CKR_KEY_TYPE_INCONSISTENT"),
  112: internal("CKR_MECHANISM_INVALID"),
  130: internal("CKR_OBJECT_HANDLE_INVALID"),
  160: wrongPin("CKR_PIN_INCORRECT"),
  161: wrongPin("CKR_PIN_INVALID"),
  162: wrongPin("CKR_PIN_LEN_RANGE"),
  163: wrongPin("CKR_PIN_EXPIRED"),
  164: { name: "CKR_PIN_LOCKED", fault: "USER_LOCKED_OUT" },
  176: lostDevice("CKR_SESSION_CLOSED"),
  177: { name: "CKR_SESSION_COUNT", fault: "USER_LOGGED_IN" },
  179: lostDevice("CKR_SESSION_HANDLE_INVALID"),
  224: noToken("CKR_TOKEN_NOT_PRESENT"),
  225: noToken("CKR_TOKEN_NOT_RECOGNIZED"),
  256: { name: "CKR_USER_ALREADY_LOGGED_IN", fault: "USER_LOGGED_IN" },
  257: lostDevice("CKR_USER_NOT_LOGGED_IN"),
  258: { name: "CKR_USER_PIN_NOT_INITIALIZED", fault: "USER_NOT_FOUND" },
  259: { name: "CKR_USER_TYPE_INVALID", fault: "USER_NOT_FOUND" },
  260: { name: "CKR_USER_ANOTHER_ALREADY_LOGGED_IN", fault: "USER_LOGGED_IN" },
  261: { name: "CKR_USER_TOO_MANY_TYPES", fault: "USER_LOGGED_IN" },
  400: lostDevice("CKR_CRYPTOKI_NOT_INITIALIZED"),
};
