import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { CallArguments, CallName, CallResult, TokenReply, TokenRequest } from "./protocol.ts";
import { parallelCalls } from "./protocol.ts";
import { TokenError } from "./token-error.ts";

interface Call {
  readonly request: TokenRequest;
  readonly deadline: number;
  resolve(result: unknown): void;
  reject(error: TokenError): void;
}

interface RunningCall extends Call {
  readonly timer: NodeJS.Timeout;
}

/** Calls that may wait for a module that is busy; more are refused at once. */
const longestQueue = 256;

/**
 * The process that holds one module. It is sent no more calls than it can work on at once, so a deadline measures the
 * module and never the queue; the first missed deadline ends the process and every call.
 */
export class TokenProcess {
  readonly #child: ChildProcess;
  readonly #deadline: number;
  readonly #running = new Map<number, RunningCall>();
  readonly #queue: Call[] = [];
  readonly #lost = Promise.withResolvers<TokenError>();
  readonly #ended: Promise<void>;
  #failure: TokenError | undefined;
  #nextId = 0;

  private constructor(child: ChildProcess, deadline: number) {
    this.#child = child;
    this.#deadline = deadline;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise;
    child.once("exit", (code, signal) => {
      this.#fail(lost(`the process of the PKCS#11 module ended (${signal ?? code})`));
      resolve();
    });
    child.once("error", (cause) => {
      this.#fail(lost("the process of the PKCS#11 module cannot be used", { cause }));
      // A process that was never started never exits.
      if (child.pid === undefined) resolve();
    });
    child.on("message", (reply) => this.#hear(reply as TokenReply));
  }

  /** Starts the process; `deadline` is what one call may take, in milliseconds. */
  static start(deadline: number): TokenProcess {
    const child = fork(fileURLToPath(new URL("./module-process.ts", import.meta.url)), [], {
      serialization: "advanced",
      // Options of this process (a debugger's port, a test runner's) are not the module's.
      execArgv: [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    return new TokenProcess(child, deadline);
  }

  /** Settles when the process can no longer be used. */
  get lost(): Promise<TokenError> {
    return this.#lost.promise;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  call<N extends CallName>(
    name: N,
    given: CallArguments<N>,
    deadline = this.#deadline,
  ): Promise<CallResult<N>> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#queue.length >= longestQueue)
      return Promise.reject(
        new TokenError("too many calls wait for the token", { fault: "NETWORK_ERRORS" }),
      );
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const request: TokenRequest = { id: this.#nextId++, name, arguments: given };
    this.#queue.push({ request, deadline, resolve, reject });
    this.#sendNext();
    // TokenCalls says what each name answers; the other end implements that interface.
    return promise as Promise<CallResult<N>>;
  }

  /** Ends the process: orderly when it still answers. */
  async close(): Promise<void> {
    if (this.#failure === undefined)
      await this.call("close", []).catch(() => {
        // It is killed below; there is nothing else to do with a module that will not close.
      });
    this.#fail(lost("the token was closed"));
    await this.#ended;
  }

  #sendNext(): void {
    while (this.#running.size < parallelCalls) {
      const call = this.#queue.shift();
      if (call === undefined) return;
      const timer = setTimeout(() => this.#expire(call), call.deadline);
      this.#running.set(call.request.id, { ...call, timer });
      this.#child.send(call.request);
    }
  }

  /** A reply may have arrived while this process was busy itself: it is read before the verdict. */
  #expire({ request, deadline }: Call): void {
    setImmediate(() => {
      if (!this.#running.has(request.id)) return;
      const message = `the PKCS#11 module did not answer ${request.name} within ${deadline} ms`;
      this.#fail(lost(message, { fault: "NETWORK_ERRORS" }));
    });
  }

  #hear(reply: TokenReply): void {
    const call = this.#running.get(reply.id);
    if (call === undefined) return;
    clearTimeout(call.timer);
    this.#running.delete(reply.id);
    if ("result" in reply) call.resolve(reply.result);
    else {
      const error = new TokenError(reply.message, reply);
      call.reject(error);
      if (error.lost) this.#fail(error);
    }
    this.#sendNext();
  }

  #fail(failure: TokenError): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    // A stopped or hanging process heeds no other signal.
    this.#child.kill("SIGKILL");
    for (const call of this.#running.values()) {
      clearTimeout(call.timer);
      call.reject(failure);
    }
    for (const call of this.#queue) call.reject(failure);
    this.#running.clear();
    this.#queue.length = 0;
    this.#lost.resolve(failure);
  }
}

function lost(
  message: string,
  options?: ErrorOptions & { readonly fault?: TokenError["fault"] },
): TokenError {
  return new TokenError(message, { ...options, lost: true });
}
