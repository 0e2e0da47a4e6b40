import type { ErrorCode } from "../../base/errors.ts";

/**
 * Everything that can go wrong with an external key store proxy. The first group are the names that the proxy itself
 * gives (XKS proxy API 1, section "Errors"), the second what we find out.
 */
export type XksFailure =
  | ProxyErrorName
  | "Malformed"
  | "NotAllowed"
  | "Tcp"
  | "Tls"
  | "TimedOut"
  | "Unhealthy";

export type ProxyErrorName =
  | "ValidationException"
  | "InvalidStateException"
  | "InvalidCiphertextException"
  | "InvalidKeyUsageException"
  | "AuthenticationFailedException"
  | "AccessDeniedException"
  | "KeyNotFoundException"
  | "InvalidUriPathException"
  | "ThrottlingException"
  | "UnsupportedOperationException"
  | "DependencyTimeoutException"
  | "InternalException";

/** ConnectionErrorCode of a store whose proxy cannot be used. */
export type XksConnectionFault =
  | "INVALID_CREDENTIALS"
  | "XKS_PROXY_ACCESS_DENIED"
  | "XKS_PROXY_INVALID_CONFIGURATION"
  | "XKS_PROXY_INVALID_RESPONSE"
  | "XKS_PROXY_INVALID_TLS_CONFIGURATION"
  | "XKS_PROXY_NOT_REACHABLE"
  | "XKS_PROXY_TIMED_OUT";

/** What a failure becomes. Use of a key always answers KMSInvalidStateException with the same message. */
interface Row {
  /** Of CreateCustomKeyStore and UpdateCustomKeyStore. */
  readonly store: ErrorCode;
  readonly createKey: ErrorCode;
  readonly connection: XksConnectionFault;
  readonly message: string;
}

const ifRepeated =
  "If you see this error repeatedly, report it to your external key store proxy administrator.";
const malformed: Row = {
  store: "XksProxyInvalidResponseException",
  createKey: "CustomKeyStoreInvalidStateException",
  connection: "XKS_PROXY_INVALID_RESPONSE",
  message: `AWS KMS cannot interpret the response from the external key store proxy. ${ifRepeated}`,
};
const unreachable = {
  store: "XksProxyUriUnreachableException",
  createKey: "CustomKeyStoreInvalidStateException",
  connection: "XKS_PROXY_NOT_REACHABLE",
} as const;

/** THE table of failures (XKS proxy API 1.0.3; AWS KMS Developer Guide, "Troubleshooting external key stores"). */
export const xksFailures: Readonly<Record<XksFailure, Row>> = {
  ValidationException: malformed,
  Malformed: malformed,
  InvalidStateException: {
    ...malformed,
    createKey: "XksKeyInvalidConfigurationException",
    message:
      "The external key associated with this KMS key in an external key store is not enabled in the external key manager. Enable the external key in the external key manager and retry the request.",
  },
  InvalidCiphertextException: {
    ...malformed,
    message:
      "The external key store proxy rejected the request because the specified ciphertext or encryption context is corrupted, missing, or otherwise invalid.",
  },
  InvalidKeyUsageException: {
    ...malformed,
    createKey: "XksKeyInvalidConfigurationException",
    message:
      "The external key associated with this KMS key in an external key store does not support the requested operation. Enable the operation on the key in your external key manager, and try the request again.",
  },
  AuthenticationFailedException: {
    store: "XksProxyIncorrectAuthenticationCredentialException",
    createKey: "CustomKeyStoreInvalidStateException",
    connection: "INVALID_CREDENTIALS",
    message:
      "The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the XKS proxy authentication credentials for your external key store and update if necessary.",
  },
  AccessDeniedException: {
    ...malformed,
    createKey: "CustomKeyStoreInvalidStateException",
    connection: "XKS_PROXY_ACCESS_DENIED",
    message:
      "The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again.",
  },
  KeyNotFoundException: {
    ...malformed,
    createKey: "XksKeyNotFoundException",
    message:
      "The external key associated with this KMS key in an external key store was not found in its external key manager. If the external key ID associated with this KMS key is incorrect, create a new KMS key with the correct external key ID.",
  },
  InvalidUriPathException: {
    store: "XksProxyInvalidConfigurationException",
    createKey: "CustomKeyStoreInvalidStateException",
    connection: "XKS_PROXY_INVALID_CONFIGURATION",
    message:
      "The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary.",
  },
  ThrottlingException: {
    ...unreachable,
    message:
      "The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS keys in this external key store.",
  },
  UnsupportedOperationException: {
    ...malformed,
    message: `The external key store proxy rejected the request because it does not support the requested operation. ${ifRepeated}`,
  },
  DependencyTimeoutException: {
    ...unreachable,
    connection: "XKS_PROXY_TIMED_OUT",
    message: `The external key store proxy did not respond to the request in the time allotted. Retry the request. ${ifRepeated}`,
  },
  InternalException: {
    ...malformed,
    message:
      "The external key store proxy rejected the request because it cannot communicate with the external key manager. Verify that the external key store proxy configuration is correct and that the external key manager is available.",
  },
  Tcp: {
    ...unreachable,
    message:
      "AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external key store.",
  },
  Tls: {
    ...unreachable,
    connection: "XKS_PROXY_INVALID_TLS_CONFIGURATION",
    message:
      "AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including its certificate.",
  },
  TimedOut: {
    ...unreachable,
    connection: "XKS_PROXY_TIMED_OUT",
    message: `AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. ${ifRepeated}`,
  },
  Unhealthy: {
    ...unreachable,
    message:
      "The external key store proxy is in an unhealthy state. If you see this message repeatedly, notify your external key store proxy administrator.",
  },
  // No words of AWS's: a hosted service cannot be asked to call into its operator's network.
  NotAllowed: {
    ...unreachable,
    connection: "XKS_PROXY_INVALID_CONFIGURATION",
    message:
      "The operator of this service does not allow connections to the external key store proxy: its host, and its addresses where they are not public, have to be listed in the option --xks-hosts.",
  },
};

/** A call to an external key store proxy that did not succeed. Its message may be shown to clients. */
export class XksError extends Error {
  override readonly name = "XksError";
  readonly failure: XksFailure;

  constructor(failure: XksFailure, options?: ErrorOptions) {
    super(xksFailures[failure].message, options);
    this.failure = failure;
  }
}
