import type { Cryptoki } from "./cryptoki.ts";
import { parallelCalls } from "./protocol.ts";
import { cryptoki, word } from "./structures.ts";

/** A session of the token that works on one thing at a time. */
export type Session = bigint;

/** The sessions of one login: opened when needed, at most as many as calls run at once. */
export class Sessions {
  readonly #call: Cryptoki;
  readonly #slot: bigint;
  readonly #free: Session[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(call: Cryptoki, slot: bigint) {
    this.#call = call;
    this.#slot = slot;
  }

  /** Logs in for all sessions. The one opened here is never lent nor closed: the login would end with the last session. */
  async login(pin: Uint8Array): Promise<void> {
    const session = await this.#open();
    await this.#call("C_Login", session, cryptoki.CKU_USER, pin, BigInt(pin.length));
  }

  /** Lends a session to some work. After a failure it is closed: an operation may have been left open in it. */
  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    while (this.#busy >= parallelCalls)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#busy++;
    try {
      const session = this.#free.pop() ?? (await this.#open());
      const result = await this.#closingOnFailure(session, work(session));
      this.#free.push(session);
      return result;
    } finally {
      this.#busy--;
      this.#waiting.shift()?.();
    }
  }

  async #open(): Promise<Session> {
    const handle = word();
    const flags = cryptoki.CKF_SERIAL_SESSION | cryptoki.CKF_RW_SESSION;
    await this.#call("C_OpenSession", this.#slot, flags, null, null, handle);
    return handle.readBigUInt64LE();
  }

  async #closingOnFailure<T>(session: Session, result: Promise<T>): Promise<T> {
    try {
      return await result;
    } catch (error) {
      await this.#call("C_CloseSession", session).catch(() => {
        // The first error says more.
      });
      throw error;
    }
  }
}
