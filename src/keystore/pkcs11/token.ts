import type { KeyKind, NewKey, SealedBytes } from "./protocol.ts";
import type { TokenError } from "./token-error.ts";
import { TokenProcess } from "./token-process.ts";

/** Where a token is and who uses it. */
export interface TokenOptions {
  /** Path of the vendor's PKCS#11 module. */
  readonly module: string;
  /** Label of the token. */
  readonly label: string;
  /** PIN of the token's user (some vendors: `user:password`). Reaches the process of the module by message only. */
  readonly pin: Uint8Array;
  /** Milliseconds that one call may take before its process is killed; 2,000 when left out. */
  readonly deadline?: number;
}

/**
 * A PKCS#11 token at work in a process of its own: a module that hangs or crashes takes nothing else along. Keys are
 * named by their label; they are made in the token and cannot leave it. Every method throws TokenError.
 */
export interface Token {
  /** Makes a 256-bit key that never leaves the token; refuses a name that is taken. */
  generateKey(name: string, kind: KeyKind): Promise<NewKey>;
  /** Whether the token holds a key of this name that cannot be extracted. */
  hasKey(name: string, kind: KeyKind): Promise<boolean>;
  /** Destroys the key; false when there is none. */
  destroyKey(name: string, kind: KeyKind): Promise<boolean>;
  /** HMAC-SHA-256 under a key of kind `hmac`. */
  hmac(name: string, message: Uint8Array): Promise<Buffer>;
  /** AES-256-GCM under a key of kind `aes`; the nonce is drawn anew each time, by the token where it insists. */
  encrypt(name: string, plaintext: Uint8Array, bound: Uint8Array): Promise<SealedBytes>;
  /** Undefined when key, bound bytes or a single bit differs. */
  decrypt(name: string, sealed: SealedBytes, bound: Uint8Array): Promise<Buffer | undefined>;
  /** Bytes from the token's own generator. */
  randomBytes(length: number): Promise<Buffer>;
  /** The process of the module, for whoever has to look at it. */
  readonly pid: number | undefined;
  /** Settles when the token can no longer be used: its process missed a deadline or ended, or the device went away. */
  readonly lost: Promise<TokenError>;
  /** Ends the session and the process. Never throws. */
  close(): Promise<void>;
}

const callDeadline = 2_000;
/** Loading a module and logging in are slower than a call: they may open connections. */
const openingCalls = 10;

/** Starts a process, loads the module and logs in. Throws TokenError; nothing is left running then. */
export async function openToken(options: TokenOptions): Promise<Token> {
  const { module, label, pin, deadline = callDeadline } = options;
  const process = TokenProcess.start(deadline);
  await process.call("open", [module, label, pin], deadline * openingCalls).catch(async (error) => {
    await process.close();
    throw error;
  });
  return {
    generateKey: (name, kind) => process.call("generateKey", [name, kind]),
    hasKey: (name, kind) => process.call("hasKey", [name, kind]),
    destroyKey: (name, kind) => process.call("destroyKey", [name, kind]),
    hmac: async (name, message) => owned(await process.call("hmac", [name, message])),
    encrypt: (name, plaintext, bound) => process.call("encrypt", [name, plaintext, bound]),
    async decrypt(name, sealed, bound) {
      const plaintext = await process.call("decrypt", [name, sealed, bound]);
      return plaintext && owned(plaintext);
    },
    randomBytes: async (length) => owned(await process.call("randomBytes", [length])),
    pid: process.pid,
    lost: process.lost,
    close: () => process.close(),
  };
}

function owned(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
