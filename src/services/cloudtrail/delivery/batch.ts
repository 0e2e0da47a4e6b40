import { setImmediate } from "node:timers/promises";
import type {
  Trail as AuditTrail,
  TrailPosition,
  TrailRecord,
  TrailScope,
} from "../../../audit/trail.ts";
import type { JsonObject } from "../../../base/json.ts";
import { selects } from "../model/selected.ts";
import { isLogged } from "../model/spans.ts";
import type { Trail } from "../model/trail.ts";

/** What a log file will hold: the events behind one position and up to another that its trail delivers. */
export interface Batch {
  /** Byte by byte as they are in the log. */
  readonly texts: readonly string[];
  /** Of the events, where there is one; in seconds since 1970. */
  readonly oldest: number;
  readonly newest: number;
  readonly upTo: TrailPosition;
  /** Whether there were any events of the account and region, delivered or not. */
  readonly any: boolean;
  /** Whether more were there. */
  readonly more: boolean;
}

/** How much is read at once, and after how much a file is full; before compression. */
const readBytes = 1_048_576;
const fileBytes = 8 * readBytes;

/** Reads what a trail delivers next of a region: until a file is full, or up to the place where a file that was begun ends. */
export async function readBatch(
  records: AuditTrail,
  trail: Trail,
  region: string,
  { after, upTo = Number.MAX_SAFE_INTEGER }: { readonly after: number; readonly upTo?: number },
): Promise<Batch> {
  const scope = { account: trail.account, region };
  const texts: string[] = [];
  const times = { oldest: Infinity, newest: 0 };
  let [position, size, any, more] = [after, 0, false, true];
  while (more && (size < fileBytes || upTo < Number.MAX_SAFE_INTEGER)) {
    const slice = await records.read(scope, position, readBytes);
    const read = slice.records.filter((record) => record.position <= upTo);
    for (const { text, time } of selected(trail, read)) {
      texts.push(text);
      size += text.length;
      times.oldest = Math.min(times.oldest, time);
      times.newest = Math.max(times.newest, time);
    }
    any ||= read.length > 0;
    position = Math.max(position, Math.min(slice.upTo, upTo));
    more = slice.more && position < upTo;
    // Calls are answered by this thread, too.
    await setImmediate();
  }
  return { texts, ...times, upTo: position, any, more };
}

/** Whether there is enough of a scope behind a position to fill a file. */
export async function fillsFile(
  records: AuditTrail,
  scope: TrailScope,
  after: TrailPosition,
): Promise<boolean> {
  return (await records.read(scope, after, fileBytes)).more;
}

function selected(trail: Trail, records: readonly TrailRecord[]) {
  return records.flatMap(({ text, position }) => {
    // INVARIANT: what the log holds, the service wrote as one JSON object.
    const record = JSON.parse(text) as JsonObject;
    const time = Math.floor(Date.parse(String(record["eventTime"])) / 1_000);
    const wanted = isLogged(trail.spans, { position, time }) && selects(trail, record);
    return wanted ? [{ text, time }] : [];
  });
}

/** The bytes of a log file, before their compression. */
export function formatLogFile({ texts }: Pick<Batch, "texts">): Buffer {
  return Buffer.from(`{"Records":[${texts.join(",")}]}`);
}
