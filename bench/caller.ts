import type { Endpoint, Load, Slice } from "./load.ts";
import { runSlice } from "./load.ts";

/** Sends requests to one server, and counts what it acknowledged. Throws when an answer is not 200. */
export class Caller {
  readonly endpoint: Endpoint;
  #acknowledged = 0;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
  }

  /** Requests that the server has answered so far. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  async send(load: Omit<Load, "endpoint">): Promise<Slice> {
    const slice = await runSlice({ ...load, endpoint: this.endpoint });
    this.#acknowledged += slice.answered;
    if (slice.failed > 0)
      throw new Error(`${slice.failed} answers were not 200, the first: ${slice.complaint}`);
    return slice;
  }

  /** The whole answers to some requests, in their order. */
  async ask(requests: readonly Buffer[]): Promise<readonly string[]> {
    const { kept } = await this.send({
      connections: Math.min(16, requests.length),
      seconds: Number.POSITIVE_INFINITY,
      request: (index) => requests[index],
      keep: () => true,
    });
    return requests.map((_, index) => kept.get(index) ?? "");
  }
}
