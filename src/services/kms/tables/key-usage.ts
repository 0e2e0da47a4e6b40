import type { Change } from "../../../database/commit.ts";
import type { Reader, Row } from "../../../database/database.ts";
import type { SealedRow, SealedTable } from "../../../database/sealed-row.ts";
import { columnsOf, openRow, upsertRow } from "../../../database/sealed-row.ts";
import type { Sql } from "../../../database/sql.ts";
import { sql } from "../../../database/sql.ts";
import type { KmsKey } from "../model/key.ts";
import type { LastUse, Usage } from "../model/usage.ts";
import { keyUsageTable } from "./schema.ts";

type UsageRow = typeof keyUsageTable extends SealedTable<infer C> ? SealedRow<C> : never;

/** What is stored of a key's use. Throws IntegrityError. */
export async function readUsage(reader: Reader, key: KmsKey): Promise<Usage> {
  const [[row] = [], [tracking] = []] = await reader.read(
    sql`SELECT ${columnsOf(keyUsageTable)} FROM key_usage WHERE ${isOf(key)}`,
    sql`SELECT started_at FROM usage_tracking`,
  );
  const startedAt = Number(tracking?.["started_at"] ?? 0);
  return {
    ...(row === undefined ? {} : { lastUse: lastUseFrom(row, key) }),
    trackedSince: new Date(Math.max(startedAt, key.createdAt.getTime())),
  };
}

function lastUseFrom(row: Row, { domain }: KmsKey): LastUse {
  const { used_at, operation, event_id, request_id } = openRow(keyUsageTable, row, domain.rowKey);
  return {
    at: new Date(Number(used_at)),
    operation: String(operation),
    eventId: String(event_id),
    requestId: String(request_id),
  };
}

/** The change that stores a use of a key. It has no version: calls that use a key at once do not disturb each other. */
export function storeUse(key: KmsKey, use: LastUse): Change {
  const row: UsageRow = {
    account_id: key.account,
    region: key.region,
    key_id: key.keyId,
    used_at: use.at.getTime(),
    operation: use.operation,
    event_id: use.eventId,
    request_id: use.requestId,
  };
  return { writes: [upsertRow(keyUsageTable, row, key.domain.rowKey)], versions: [] };
}

/** The change that forgets that a key was ever used. */
export function eraseUse(key: KmsKey): Change {
  const statement = sql`DELETE FROM key_usage WHERE ${isOf(key)}`;
  return { writes: [{ statement, rows: "any" }], versions: [] };
}

function isOf({ account, region, keyId }: KmsKey): Sql {
  return sql`account_id = ${account} AND region = ${region} AND key_id = ${keyId}`;
}
