import type { Socket } from "node:net";
import { connect } from "node:net";
import type { SecureContext } from "node:tls";
import { connect as connectTls, createSecureContext } from "node:tls";

/** Where a server listens, and whom its certificate is checked against. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** TLS 1.3 when given; without `ca` the usual authorities count. */
  readonly tls?: { readonly ca?: string };
}

/** What one slice of load sends, and for how long. */
export interface Load {
  readonly endpoint: Endpoint;
  readonly connections: number;
  /** The request of an index, counted from 0; undefined ends the slice. */
  readonly request: (index: number) => Buffer | undefined;
  readonly seconds: number;
  /** Answers that are wanted whole, by the index of their request. */
  readonly keep: (index: number) => boolean;
  /** Seconds of processor time that the server has used so far; left out where nobody asks. */
  readonly cpu?: () => number;
}

/** What came of a slice. Times in seconds. */
export interface Slice {
  readonly sent: number;
  readonly answered: number;
  /** Answers whose status was not 200, and the first of them. */
  readonly failed: number;
  readonly complaint?: string;
  readonly bytesReceived: number;
  readonly elapsed: number;
  /** Answer by answer: how long it took, and the index of its request. */
  readonly latencies: readonly number[];
  readonly indexes: readonly number[];
  /** The longest time in which no connection got an answer. */
  readonly pause: number;
  /** Part of the slice in which the load's own process worked. */
  readonly generator: number;
  /** Seconds of the server's processor time, without opening connections; NaN when it was not asked for. */
  readonly cpu: number;
  readonly kept: ReadonlyMap<number, string>;
}

const largestAnswer = 64 * 1024;

/** One request at a time on each connection, all connections at once. Rejects when the server hangs up in the middle. */
export async function runSlice(load: Load): Promise<Slice> {
  const slice = new RunningSlice(load);
  const address = addressOf(load.endpoint);
  const lines = Array.from({ length: load.connections }, () => new Line(address, slice));
  try {
    await Promise.all(lines.map((line) => line.open()));
    await slice.drive(lines);
  } finally {
    for (const line of lines) line.close();
  }
  return slice.result();
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly secureContext?: SecureContext;
}

/** With certificates that are read once for all connections. */
function addressOf({ host, port, tls }: Endpoint): Address {
  if (tls === undefined) return { host, port };
  return { host, port, secureContext: createSecureContext({ ...tls, minVersion: "TLSv1.3" }) };
}

/** A connection with at most one request under way. */
class Line {
  readonly #address: Address;
  readonly #slice: RunningSlice;
  readonly #buffer = Buffer.allocUnsafe(largestAnswer);
  #socket: Socket | undefined;
  /** What has come of an answer that is not yet whole. */
  #partial = "";
  #sentAt = 0;
  #request = -1;

  constructor(address: Address, slice: RunningSlice) {
    this.#address = address;
    this.#slice = slice;
  }

  async open(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { secureContext, ...address } = this.#address;
    const isMine = (): boolean => this.#socket === socket;
    const callback = (size: number): boolean => {
      if (isMine()) this.#hear(this.#buffer.toString("latin1", 0, size));
      return true;
    };
    const options = { ...address, noDelay: true, onread: { buffer: this.#buffer, callback } };
    const socket =
      secureContext === undefined
        ? connect(options, resolve)
        : connectTls({ ...options, secureContext }, resolve);
    this.#socket = socket;
    socket.once("error", (error) => {
      reject(error);
      if (isMine()) this.#slice.fail(error);
    });
    socket.once("end", () => {
      if (isMine()) this.#slice.fail(new Error("the server closed a connection under load"));
    });
    await promise;
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  send(index: number, request: Buffer, now: number): void {
    this.#request = index;
    this.#sentAt = now;
    // A server that closes after each answer is charged with the connection that it makes necessary.
    if (this.#socket === undefined) this.open().catch(this.#slice.fail);
    this.#socket?.write(request);
  }

  #hear(text: string): void {
    const whole = this.#partial === "" ? text : this.#partial + text;
    this.#partial = whole;
    const length = answerLength(whole);
    if (Number.isNaN(length)) this.#slice.fail(new Error(`an answer without length: ${whole}`));
    // Also when there is no length: the slice is over then.
    if (length === undefined || !(whole.length >= length)) return;
    this.#partial = "";
    if (closes(whole)) this.close();
    const answer = { index: this.#request, text: whole, excess: whole.length - length };
    this.#slice.answered(this, answer, this.#sentAt);
  }
}

interface ReceivedAnswer {
  readonly index: number;
  readonly text: string;
  /** Bytes that came after its end. */
  readonly excess: number;
}

class RunningSlice {
  readonly #load: Load;
  readonly #latencies: number[] = [];
  readonly #indexes: number[] = [];
  readonly #kept = new Map<number, string>();
  readonly #ended = Promise.withResolvers<void>();
  #startedAt = 0;
  #lastAnswerAt = 0;
  #pause = 0;
  #worked = 0;
  #cpu = Number.NaN;
  #sent = 0;
  #open = 0;
  #failed = 0;
  #complaint: string | undefined;
  #bytesReceived = 0;

  readonly fail = (error: unknown): void => this.#ended.reject(error);

  constructor(load: Load) {
    this.#load = load;
    // While lines are opened nobody waits for it yet: the opening itself fails then.
    this.#ended.promise.catch(() => undefined);
  }

  async drive(lines: readonly Line[]): Promise<void> {
    const { cpu = () => Number.NaN } = this.#load;
    const [before, cpuBefore] = [process.cpuUsage(), cpu()];
    this.#startedAt = performance.now();
    this.#lastAnswerAt = this.#startedAt;
    this.#open = lines.length;
    for (const line of lines) this.#next(line, this.#startedAt);
    await this.#ended.promise;
    this.#cpu = cpu() - cpuBefore;
    const { user, system } = process.cpuUsage(before);
    this.#worked = (user + system) / 1e6;
  }

  answered(line: Line, { index, text, excess }: ReceivedAnswer, sentAt: number): void {
    const now = performance.now();
    this.#latencies.push((now - sentAt) / 1000);
    this.#indexes.push(index);
    this.#pause = Math.max(this.#pause, now - this.#lastAnswerAt);
    this.#lastAnswerAt = now;
    this.#bytesReceived += text.length - excess;
    if (excess > 0 || !text.startsWith("HTTP/1.1 200 ")) {
      this.#failed++;
      this.#complaint ??= text;
    }
    if (this.#load.keep(index)) this.#kept.set(index, text);
    this.#next(line, now);
  }

  result(): Slice {
    const elapsed = (this.#lastAnswerAt - this.#startedAt) / 1000;
    return {
      sent: this.#sent,
      answered: this.#latencies.length,
      failed: this.#failed,
      ...(this.#complaint === undefined ? {} : { complaint: this.#complaint }),
      bytesReceived: this.#bytesReceived,
      elapsed,
      latencies: this.#latencies,
      indexes: this.#indexes,
      pause: this.#pause / 1000,
      generator: this.#worked / elapsed,
      cpu: this.#cpu,
      kept: this.#kept,
    };
  }

  #next(line: Line, now: number): void {
    const late = now - this.#startedAt >= this.#load.seconds * 1000;
    const request = late ? undefined : this.#load.request(this.#sent);
    if (request !== undefined) {
      line.send(this.#sent++, request, now);
      return;
    }
    this.#open--;
    if (this.#open === 0) this.#ended.resolve();
  }
}

const lengthHeader = "\r\nContent-Length: ";

/** Bytes of the whole answer that a text begins with; undefined while its head is not whole, NaN when it does not tell. */
function answerLength(text: string): number | undefined {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const at = text.indexOf(lengthHeader);
  if (at < 0 || at > headEnd) return Number.NaN;
  const digits = text.slice(at + lengthHeader.length, text.indexOf("\r\n", at + 2));
  return headEnd + 4 + Number(digits);
}

function closes(text: string): boolean {
  const at = text.indexOf("\r\nConnection: close\r\n");
  return at >= 0 && at < text.indexOf("\r\n\r\n");
}
