import { OperatorError } from "../base/errors.ts";
import type { Journal } from "./journal.ts";
import { sql } from "./sql.ts";
import type { SqliteConnection } from "./sqlite.ts";

/** What the journal is to get once a change has committed, in the transaction of the change; behind a sequence that it has. */
export function fillOutbox(
  database: SqliteConnection,
  behind: number,
  digest: Uint8Array,
  records: readonly Uint8Array[],
): void {
  let sequence = behind;
  const put = (kind: "state" | "record", payload: Uint8Array): void =>
    database.write({
      statement: sql`INSERT INTO outbox (sequence, kind, payload) VALUES (${++sequence}, ${kind}, ${payload})`,
      rows: 1,
    });
  // In the order in which the journal will have them.
  put("state", digest);
  for (const record of records) put("record", record);
}

/**
 * The outbox names the sequence that each of its frames was to get. Changes come first in a batch, and the journal was synced
 * up to there before they were committed. So after a crash these sequences are the next ones, or already written: replaying
 * twice writes nothing twice. A journal that ends earlier has lost what was acknowledged.
 */
export function replayOutbox(database: SqliteConnection, journal: Journal): void {
  const rows = database.rows(sql`SELECT sequence, kind, payload FROM outbox ORDER BY sequence`);
  if (rows.length === 0) return;
  const first = Number(rows[0]?.["sequence"]);
  if (first > journal.sequence + 1)
    throw new OperatorError(
      `the audit journal ends at ${journal.sequence}, but ${first - 1} were written: run \`keywright verify-audit\` and restore the folder from a backup`,
    );
  const missing = rows.filter((row) => Number(row["sequence"]) > journal.sequence);
  const payloads = (kind: string): readonly Uint8Array[] =>
    missing.filter((row) => row["kind"] === kind).map((row) => row["payload"] as Uint8Array);
  // Room for them was made before they were committed. Making room again could begin a segment, and with it other sequences.
  journal.append(payloads("record"), payloads("state")[0]);
  database.execute("DELETE FROM outbox");
}
