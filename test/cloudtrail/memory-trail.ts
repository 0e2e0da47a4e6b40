import type { LookupAttributes } from "../../src/audit/lookup-attributes.ts";
import { lookupAttributes } from "../../src/audit/lookup-attributes.ts";
import type {
  LookupQuery,
  Trail,
  TrailRecord,
  TrailScope,
  TrailSlice,
} from "../../src/audit/trail.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { Committer } from "../../src/database/commit.ts";

interface Kept extends TrailRecord, LookupAttributes {}

/** The audit records of a server, kept in memory as the interface promises. A record can be found only once `settled` was called behind it. */
export class MemoryTrail implements Trail {
  readonly #kept: Kept[] = [];
  #found = 0;

  /** A committer that keeps the records of what becomes durable. */
  watching(committer: Committer): Committer {
    return {
      submit: async (commit) => {
        const result = await committer.submit(commit);
        if (result.stale.length === 0) for (const text of commit.records) this.add(text);
        return result;
      },
    };
  }

  add(text: string): void {
    const position = this.#kept.length + 1;
    this.#kept.push({ position, text, ...lookupAttributes(JSON.parse(text) as JsonObject) });
  }

  /** All records, oldest first. */
  get texts(): readonly string[] {
    return this.#kept.map(({ text }) => text);
  }

  /** All records as they read, oldest first. */
  get records(): readonly JsonObject[] {
    return this.#kept.map(({ text }) => JSON.parse(text) as JsonObject);
  }

  async settled(): Promise<void> {
    this.#found = this.#kept.length;
  }

  async lookup({ account, region, attribute, from = 0, to = Infinity, limit, after }: LookupQuery) {
    const found = this.#kept
      .slice(0, this.#found)
      .filter((each) => each.management && each.account === account && each.region === region)
      .filter(({ time }) => from <= time && time <= to)
      .filter(
        ({ attributes }) =>
          attribute === undefined ||
          attributes.some(([key, value]) => key === attribute.key && value === attribute.value),
      )
      .toSorted((a, b) => b.time - a.time || b.position - a.position)
      .filter(
        ({ time, position }) =>
          after === undefined ||
          time < after.time ||
          (time === after.time && position < after.position),
      );
    const records = found.slice(0, limit);
    const last = records.at(-1);
    if (found.length <= limit || last === undefined) return { records };
    return { records, next: { time: last.time, position: last.position } };
  }

  async read({ account, region }: TrailScope, after: number, bytes: number): Promise<TrailSlice> {
    const found = this.#kept
      .slice(after, this.#found)
      .filter((each) => each.account === account && each.region === region);
    const records: TrailRecord[] = [];
    let size = 0;
    for (const { position, text } of found) {
      size += Buffer.byteLength(text);
      if (records.length > 0 && size > bytes) return { records, upTo: position - 1, more: true };
      records.push({ position, text });
    }
    return { records, upTo: this.#found, more: false };
  }

  async regions(account: string, after: number): Promise<readonly string[]> {
    const found = this.#kept.slice(after, this.#found).filter((each) => each.account === account);
    return [...new Set(found.map(({ region }) => region))].toSorted();
  }

  async position(): Promise<number> {
    return this.#found;
  }

  keyTimes(): never {
    throw new Error("only metering asks for keys");
  }

  usage(): never {
    throw new Error("only metering asks for usage");
  }
}
