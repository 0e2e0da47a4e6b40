/** What the service and the process that holds a PKCS#11 module say to each other. */

/** What a key in a token is for: `hmac` is a generic secret for HMAC-SHA-256, `aes` a key for AES-256-GCM. */
export type KeyKind = "hmac" | "aes";

/** A key that was just made. */
export interface NewKey {
  /** The token's own handle, as decimal digits: for records only, it changes with the session. */
  readonly handle: string;
}

/** What AES-256-GCM made: nonce, and ciphertext with its tag of 16 bytes. */
export interface SealedBytes {
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** Why a token cannot be used, in the words of ConnectionErrorCode. */
export type TokenFault =
  | "CLUSTER_NOT_FOUND"
  | "INTERNAL_ERROR"
  | "INVALID_CREDENTIALS"
  | "NETWORK_ERRORS"
  | "USER_LOCKED_OUT"
  | "USER_LOGGED_IN"
  | "USER_NOT_FOUND";

/** The calls that cross to the process of the module. */
export interface TokenCalls {
  open(module: string, label: string, pin: Uint8Array): Promise<void>;
  generateKey(name: string, kind: KeyKind): Promise<NewKey>;
  hasKey(name: string, kind: KeyKind): Promise<boolean>;
  destroyKey(name: string, kind: KeyKind): Promise<boolean>;
  hmac(name: string, message: Uint8Array): Promise<Uint8Array>;
  encrypt(name: string, plaintext: Uint8Array, bound: Uint8Array): Promise<SealedBytes>;
  decrypt(name: string, sealed: SealedBytes, bound: Uint8Array): Promise<Uint8Array | undefined>;
  randomBytes(length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export type CallName = keyof TokenCalls;
export type CallArguments<N extends CallName> = Parameters<TokenCalls[N]>;
export type CallResult<N extends CallName> = Awaited<ReturnType<TokenCalls[N]>>;

/** How many calls a module works on at once: as many as there are threads to wait in. */
export const parallelCalls = 4;

export interface TokenRequest {
  readonly id: number;
  readonly name: CallName;
  readonly arguments: readonly unknown[];
}

/** `lost`: the token will not answer any more, whatever is asked. */
export type TokenReply =
  | { readonly id: number; readonly result: unknown }
  | {
      readonly id: number;
      readonly fault: TokenFault;
      readonly message: string;
      readonly lost: boolean;
    };
