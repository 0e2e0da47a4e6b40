import { minute, second } from "../../../base/clock.ts";
import type { Token } from "../../../keystore/pkcs11/token.ts";
import { TokenError } from "../../../keystore/pkcs11/token-error.ts";
import type { TokenKeys } from "../../../keystore/pkcs11/token-key.ts";
import { XksError, xksFailures } from "../../../keystore/xks/failures.ts";
import type { XksProxy } from "../../../keystore/xks/proxy.ts";
import type { ConnectionFault, CustomKeyStore } from "../model/custom-key-store.ts";

/** What an open connection to a store consists of. */
export type OpenStore =
  | { readonly type: "AWS_CLOUDHSM"; readonly token: Token; readonly keys: TokenKeys }
  | { readonly type: "EXTERNAL_KEY_STORE"; readonly proxy: XksProxy };

/** Opens a store. Throws TokenError or XksError. */
export type OpenFunction = (store: CustomKeyStore) => Promise<OpenStore>;

/** Told of every failure, so that the operator can read what clients are not told. */
export type OnFailure = (store: CustomKeyStore, error: Error) => void;

/** Faults that trying again cannot mend, and that lock users out when one does. */
const lasting: ReadonlySet<ConnectionFault> = new Set([
  "INVALID_CREDENTIALS",
  "USER_LOCKED_OUT",
  "USER_LOGGED_IN",
  "USER_NOT_FOUND",
]);

/**
 * The connection of one store, from the moment its owner wants it until he no longer does. One that failed, or was lost, is
 * tried again after a while, as long as that can help.
 */
export class StoreConnection {
  #store: CustomKeyStore;
  readonly #open: OpenFunction;
  readonly #onFailure: OnFailure;
  #opened: OpenStore | undefined;
  #fault: ConnectionFault | undefined;
  #attempt: Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #stopped: boolean = false;

  constructor(store: CustomKeyStore, open: OpenFunction, onFailure: OnFailure) {
    this.#store = store;
    this.#open = open;
    this.#onFailure = onFailure;
    this.#attempt = this.#connect();
  }

  get store(): CustomKeyStore {
    return this.#store;
  }

  get state(): "CONNECTING" | "CONNECTED" | "FAILED" {
    if (this.#opened !== undefined) return "CONNECTED";
    return this.#fault === undefined ? "CONNECTING" : "FAILED";
  }

  /** Why it failed. */
  get fault(): ConnectionFault | undefined {
    return this.state === "FAILED" ? this.#fault : undefined;
  }

  /** What is open; undefined unless connected. */
  get opened(): OpenStore | undefined {
    return this.#opened;
  }

  /** Connects with other settings of the same store; what is open serves until then. */
  renew(store: CustomKeyStore): void {
    this.#store = store;
    clearTimeout(this.#timer);
    this.#attempt = this.#attempt.then(() => this.#connect());
  }

  /** Ends the connection; resolves when nothing of it is left. Never throws. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#attempt;
    await closeStore(this.#opened);
    this.#opened = undefined;
  }

  async #connect(): Promise<void> {
    const before = this.#opened;
    try {
      const opened = await this.#open(this.#store);
      this.#opened = opened;
      this.#failures = 0;
      if (opened.type === "AWS_CLOUDHSM") void this.#watch(opened);
    } catch (error) {
      this.#fail(error);
    }
    await closeStore(before);
  }

  /** A token that is lost, and was not closed by us. */
  async #watch(opened: OpenStore & { readonly type: "AWS_CLOUDHSM" }): Promise<void> {
    const error = await opened.token.lost;
    if (this.#opened === opened && !this.#stopped) this.#fail(error);
  }

  #fail(cause: unknown): void {
    this.#fault = faultOf(cause);
    this.#opened = undefined;
    this.#onFailure(this.#store, cause instanceof Error ? cause : new Error(String(cause)));
    if (this.#stopped || lasting.has(this.#fault)) return;
    const delay = Math.min(second * 2 ** this.#failures++, minute);
    this.#timer = setTimeout(() => {
      this.#attempt = this.#connect();
    }, delay).unref();
  }
}

/** Closes what a store consists of. */
async function closeStore(opened: OpenStore | undefined): Promise<void> {
  if (opened?.type === "AWS_CLOUDHSM") await opened.token.close();
  else opened?.proxy.close();
}

function faultOf(error: unknown): ConnectionFault {
  if (error instanceof TokenError) return error.fault;
  return error instanceof XksError ? xksFailures[error.failure].connection : "INTERNAL_ERROR";
}
