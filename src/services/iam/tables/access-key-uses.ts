import type { Change } from "../../../database/commit.ts";
import type { Reader, Row } from "../../../database/database.ts";
import { readRows } from "../../../database/database.ts";
import { columnsOf, openRow, upsertRow } from "../../../database/sealed-row.ts";
import { sql } from "../../../database/sql.ts";
import type { Domain } from "../../../keystore/domain.ts";
import { accessKeyUsesTable } from "./schema.ts";

/** A use of an access key: when, for which service and where. */
export interface AccessKeyUse {
  readonly at: Date;
  /** Signing name, such as `kms`. */
  readonly service: string;
  readonly region: string;
}

/** What is stored of an access key's use; undefined when it was never used. Throws IntegrityError. */
export async function readAccessKeyUse(
  reader: Reader,
  id: string,
  { rowKey }: Domain,
): Promise<AccessKeyUse | undefined> {
  const [row] = await readRows(
    reader,
    sql`SELECT ${columnsOf(accessKeyUsesTable)} FROM access_key_uses WHERE access_key_id = ${id}`,
  );
  return row === undefined ? undefined : useFrom(row, rowKey);
}

/** The last uses of all access keys of an account that were ever used, by their ids. Throws IntegrityError. */
export async function listAccessKeyUses(
  reader: Reader,
  account: string,
  { rowKey }: Domain,
): Promise<ReadonlyMap<string, AccessKeyUse>> {
  const rows = await readRows(
    reader,
    sql`SELECT ${columnsOf(accessKeyUsesTable)} FROM access_key_uses WHERE account_id = ${account}`,
  );
  return new Map(rows.map((row) => [String(row["access_key_id"]), useFrom(row, rowKey)]));
}

function useFrom(row: Row, rowKey: Uint8Array): AccessKeyUse {
  const { used_at, service, region } = openRow(accessKeyUsesTable, row, rowKey);
  return { at: new Date(Number(used_at)), service: String(service), region: String(region) };
}

/** The change that stores a use. It has no version: calls with one key at once do not disturb each other. */
export function storeAccessKeyUse(
  { account, id }: { readonly account: string; readonly id: string },
  { at, service, region }: AccessKeyUse,
  { rowKey }: Domain,
): Change {
  const row = {
    access_key_id: id,
    account_id: account,
    used_at: at.getTime(),
    service,
    region,
  };
  return { writes: [upsertRow(accessKeyUsesTable, row, rowKey)], versions: [] };
}

/** The change that forgets that an access key was ever used. */
export function eraseAccessKeyUse(id: string): Change {
  const statement = sql`DELETE FROM access_key_uses WHERE access_key_id = ${id}`;
  return { writes: [{ statement, rows: "any" }], versions: [] };
}
