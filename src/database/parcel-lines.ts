import type { MessagePort } from "node:worker_threads";
import type { Parcel, Pending } from "./parcel.ts";
import { unpackCommits } from "./parcel.ts";
import type { Settlement, WriterResult } from "./writer-thread.ts";

/** Settles a batch, with ids of its own; undefined when nothing can be settled any more. */
type Settle = (batch: readonly Pending[]) => readonly WriterResult[] | undefined;

interface Arrived {
  readonly parcel: Parcel;
  readonly answer: (settlement: Settlement) => void;
}

/**
 * The lines on which parcels come to the writer. What several threads have sent by one turn of the event loop is settled as one
 * batch, so that it costs one sync; the parcels of one thread alone wait for nothing.
 */
export class ParcelLines {
  readonly #settle: Settle;
  readonly #ports = new Set<MessagePort>();
  #arrived: Arrived[] = [];

  constructor(settle: Settle) {
    this.#settle = settle;
  }

  /** Takes the parcels of another thread, until it goes. */
  connect(port: MessagePort): void {
    this.#ports.add(port);
    port.on("message", (parcel: Parcel) =>
      this.take(parcel, (settlement) => port.postMessage(settlement)),
    );
    port.on("close", () => this.#ports.delete(port));
  }

  take(parcel: Parcel, answer: Arrived["answer"]): void {
    this.#arrived.push({ parcel, answer });
    if (this.#ports.size === 0) this.flush();
    else if (this.#arrived.length === 1) setImmediate(() => this.flush());
  }

  /** Settles what has arrived. */
  flush(): void {
    const arrived = this.#arrived;
    if (arrived.length === 0) return;
    this.#arrived = [];
    const parcels = arrived.map(({ parcel }) => unpackCommits(parcel));
    // Each thread counts its calls by itself.
    const batch = parcels.flat().map(({ commit }, id) => ({ id, commit }));
    const refused = this.#settle(batch)?.filter(isRefused);
    if (refused === undefined) return;
    let from = 0;
    for (const [at, { parcel, answer }] of arrived.entries()) {
      const count = parcels[at]?.length ?? 0;
      answer({ first: parcel.first, count, refused: within(refused, from, count, parcel.first) });
      from += count;
    }
  }

  /** Takes nothing more, and settles nothing of what has arrived. */
  close(): void {
    this.#arrived = [];
    for (const port of this.#ports) port.close();
  }
}

function isRefused(result: WriterResult): boolean {
  return "failed" in result || result.stale.length > 0;
}

/** The results of one parcel, under the ids that its calls have where they come from. */
function within(
  results: readonly WriterResult[],
  from: number,
  count: number,
  first: number,
): readonly WriterResult[] {
  return results
    .filter(({ id }) => id >= from && id < from + count)
    .map((result) => ({ ...result, id: result.id - from + first }));
}
