import koffi from "koffi";
import type { Cryptoki } from "../../src/keystore/pkcs11/cryptoki.ts";
import { loadCryptoki } from "../../src/keystore/pkcs11/cryptoki.ts";
import { findToken } from "../../src/keystore/pkcs11/find-token.ts";
import type { Attribute } from "../../src/keystore/pkcs11/structures.ts";
import {
  cryptoki as ck,
  initializeArguments,
  template,
  word,
} from "../../src/keystore/pkcs11/structures.ts";

const attributeValue = 0x11n;

/** Somebody else who is logged in to a token and does what Keywright never does: brings keys of known bytes, reads keys out. */
export interface ForeignTokenUser {
  /** Puts a key into the token; `value` are its bytes, or its text. */
  plant(name: string, type: bigint, value: string | Uint8Array, extractable: boolean): void;
  /** Whether the token has a key of this name. */
  has(name: string): boolean;
  /** Puts a key of known bytes in another's place. */
  exchange(name: string): void;
  /** What the token answers to whoever asks for the bytes of a key. */
  readOut(name: string): { readonly value: number; readonly bytes: Buffer };
}

const initialized = new Map<string, Promise<Cryptoki>>();

async function initialize(module: string): Promise<Cryptoki> {
  const call = loadCryptoki(module);
  await call("C_Initialize", initializeArguments());
  return call;
}

/** Logs in to a token from this very process. */
export async function foreignTokenUser(
  module: string,
  label: string,
  pin: string,
): Promise<ForeignTokenUser> {
  const started = initialized.get(module) ?? initialize(module);
  initialized.set(module, started);
  const call = await started;
  const handle = word();
  const flags = ck.CKF_SERIAL_SESSION | ck.CKF_RW_SESSION;
  await call("C_OpenSession", await findToken(call, label), flags, null, null, handle);
  const session = handle.readBigUInt64LE();
  await call("C_Login", session, ck.CKU_USER, Buffer.from(pin), BigInt(pin.length));
  const library = koffi.load(module);
  const word64 = "unsigned long";
  const create = library.func("C_CreateObject", word64, [word64, "void *", word64, "void *"]);
  const read = library.func("C_GetAttributeValue", word64, [word64, word64, "void *", word64]);
  const findInit = library.func("C_FindObjectsInit", word64, [word64, "void *", word64]);
  const find = library.func("C_FindObjects", word64, [word64, "void *", word64, "void *"]);
  const destroy = library.func("C_DestroyObject", word64, [word64, word64]);
  const findFinal = library.func("C_FindObjectsFinal", word64, [word64]);
  const findKey = (name: string): bigint => {
    const wanted = template([[ck.CKA_LABEL, name]]);
    const key = word();
    findInit(session, wanted.bytes, 1);
    find(session, key, 1, word());
    findFinal(session);
    return key.readBigUInt64LE();
  };
  const plant: ForeignTokenUser["plant"] = (name, type, value, extractable) => {
    const attributes: readonly Attribute[] = [
      [ck.CKA_CLASS, ck.CKO_SECRET_KEY],
      [ck.CKA_KEY_TYPE, type],
      [ck.CKA_LABEL, name],
      [ck.CKA_TOKEN, true],
      [ck.CKA_PRIVATE, true],
      [ck.CKA_SENSITIVE, true],
      [ck.CKA_EXTRACTABLE, extractable],
      [ck.CKA_SIGN, true],
      [ck.CKA_ENCRYPT, true],
      [attributeValue, value],
    ];
    const wanted = template(attributes);
    const result: unknown = create(session, wanted.bytes, attributes.length, word());
    if (result !== 0) throw new Error(`C_CreateObject: ${String(result)}`);
  };
  return {
    plant,
    exchange(name) {
      const result: unknown = destroy(session, findKey(name));
      if (result !== 0) throw new Error(`C_DestroyObject: ${String(result)}`);
      plant(name, ck.CKK_GENERIC_SECRET, "0123456789abcdef0123456789abcdef", false);
    },
    has: (name) => findKey(name) !== 0n,
    readOut(name) {
      const asked = template([[attributeValue, "\0".repeat(32)]]);
      const value: unknown = read(session, findKey(name), asked.bytes, 1);
      const [bytes] = asked.refers;
      if (typeof value !== "number" || !Buffer.isBuffer(bytes)) throw new Error("no answer");
      return { value, bytes };
    },
  };
}
