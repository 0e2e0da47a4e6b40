import type { Socket } from "node:net";
import { connect } from "node:net";
import { quantile } from "./statistics.ts";

/** What one slice of load sends, and for how long. */
export interface Load {
  readonly port: number;
  readonly connections: number;
  readonly requests: readonly Buffer[];
  /** Begin again when the requests run out; otherwise the slice ends then. */
  readonly repeat: boolean;
  readonly seconds: number;
  /** Answers that are wanted whole, by the index of their request. */
  readonly keep: (index: number) => boolean;
}

/** What came of a slice. Times in seconds. */
export interface Slice {
  readonly sent: number;
  readonly answered: number;
  /** Answers whose status was not 200. */
  readonly failed: number;
  readonly bytesReceived: number;
  readonly elapsed: number;
  readonly p50: number;
  readonly p99: number;
  readonly kept: ReadonlyMap<number, string>;
}

const largestAnswer = 64 * 1024;

/** One request at a time on each connection, all connections at once. Rejects when the server hangs up. */
export async function runSlice(load: Load): Promise<Slice> {
  const slice = new RunningSlice(load);
  const lines = await Promise.all(
    Array.from({ length: load.connections }, () => openLine(load.port, slice)),
  );
  try {
    await slice.drive(lines);
  } finally {
    for (const line of lines) line.socket.destroy();
  }
  return slice.result();
}

/** A connection with at most one request under way. */
interface Line {
  readonly socket: Socket;
  /** What has come of an answer that is not yet whole. */
  partial: string;
  request: number;
  sentAt: number;
}

class RunningSlice {
  readonly #load: Load;
  readonly #latencies: number[] = [];
  readonly #kept = new Map<number, string>();
  readonly #ended = Promise.withResolvers<void>();
  #startedAt = 0;
  #endedAt = 0;
  #sent = 0;
  #open = 0;
  #failed = 0;
  #bytesReceived = 0;

  constructor(load: Load) {
    this.#load = load;
  }

  async drive(lines: readonly Line[]): Promise<void> {
    this.#startedAt = performance.now();
    this.#open = lines.length;
    for (const line of lines) this.#next(line, this.#startedAt);
    await this.#ended.promise;
  }

  hear(line: Line, text: string): void {
    line.partial = line.partial === "" ? text : line.partial + text;
    const length = answerLength(line.partial);
    if (length === undefined || line.partial.length < length) return;
    const now = performance.now();
    this.#latencies.push(now - line.sentAt);
    this.#bytesReceived += length;
    if (line.partial.length > length || !line.partial.startsWith("HTTP/1.1 200 ")) this.#failed++;
    if (this.#load.keep(line.request)) this.#kept.set(line.request, line.partial);
    line.partial = "";
    this.#next(line, now);
  }

  fail(error: Error): void {
    this.#ended.reject(error);
  }

  result(): Slice {
    const sorted = Float64Array.from(this.#latencies).sort();
    return {
      sent: this.#sent,
      answered: sorted.length,
      failed: this.#failed,
      bytesReceived: this.#bytesReceived,
      elapsed: (this.#endedAt - this.#startedAt) / 1000,
      p50: quantile(sorted, 0.5) / 1000,
      p99: quantile(sorted, 0.99) / 1000,
      kept: this.#kept,
    };
  }

  #next(line: Line, now: number): void {
    const { requests, repeat, seconds } = this.#load;
    const request = requests[repeat ? this.#sent % requests.length : this.#sent];
    if (request === undefined || now - this.#startedAt >= seconds * 1000) {
      this.#open--;
      if (this.#open > 0) return;
      this.#endedAt = now;
      this.#ended.resolve();
      return;
    }
    line.request = this.#sent++;
    line.sentAt = now;
    line.socket.write(request);
  }
}

function openLine(port: number, slice: RunningSlice): Promise<Line> {
  return new Promise((resolve, reject) => {
    const buffer = Buffer.allocUnsafe(largestAnswer);
    const socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer,
        callback: (size) => {
          slice.hear(line, buffer.toString("latin1", 0, size));
          return true;
        },
      },
    });
    const line: Line = { socket, partial: "", request: -1, sentAt: 0 };
    socket.once("connect", () => resolve(line));
    socket.once("error", (error) => {
      reject(error);
      slice.fail(error);
    });
    socket.once("end", () => slice.fail(new Error("the server closed a connection under load")));
  });
}

const lengthHeader = "\r\nContent-Length: ";

/** Bytes of the whole answer that a text begins with; undefined while its head is not whole. */
function answerLength(text: string): number | undefined {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const at = text.indexOf(lengthHeader);
  if (at < 0 || at > headEnd) throw new Error(`an answer without Content-Length: ${text}`);
  const digits = text.slice(at + lengthHeader.length, text.indexOf("\r\n", at + 2));
  return headEnd + 4 + Number(digits);
}
