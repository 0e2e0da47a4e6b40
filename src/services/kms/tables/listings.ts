import { kmsArn } from "../../../base/arn.ts";
import type { Reader } from "../../../database/database.ts";
import { readRows } from "../../../database/database.ts";
import { columnsOf, openRow } from "../../../database/sealed-row.ts";
import { sql } from "../../../database/sql.ts";
import type { Domain } from "../../../keystore/domain.ts";
import type { Alias, CustomStore, Grant } from "../model/key.ts";
import { aliasFromRow, customStoreText, grantFromRow } from "./rows.ts";
import { aliasesTable, grantsTable, keysTable } from "./schema.ts";

/** Pages by sort key, never by offset: a page costs the same wherever it is. All read up to `count` entries after `after`. */

export async function listKeyIds(
  reader: Reader,
  domain: Domain,
  after: string,
  count: number,
): Promise<readonly string[]> {
  const { account, region } = domain.id;
  const rows = await readRows(
    reader,
    sql`SELECT ${columnsOf(keysTable)} FROM keys
      WHERE account_id = ${account} AND region = ${region} AND key_id > ${after} AND state <> 'Deleted'
      ORDER BY key_id LIMIT ${count}`,
  );
  return rows.map((row) => String(openRow(keysTable, row, domain.rowKey).key_id));
}

export interface ListedAlias extends Alias {
  readonly keyId: string;
}

export async function listAliases(
  reader: Reader,
  domain: Domain,
  after: string,
  count: number,
): Promise<readonly ListedAlias[]> {
  const { account, region } = domain.id;
  const rows = await readRows(
    reader,
    sql`SELECT ${columnsOf(aliasesTable)} FROM aliases
      WHERE account_id = ${account} AND region = ${region} AND alias_name > ${after}
      ORDER BY alias_name LIMIT ${count}`,
  );
  return rows.map((each) => {
    const row = openRow(aliasesTable, each, domain.rowKey);
    return { ...aliasFromRow(row), keyId: String(row.key_id) };
  });
}

export interface ListedGrant {
  readonly grant: Grant;
  readonly keyArn: string;
}

/** Grants in a region, on keys of any account, that a principal may retire; `domainOf` opens the domain of a key's account. */
export async function listRetirable(
  reader: Reader,
  region: string,
  retiring: string,
  after: string,
  count: number,
  domainOf: (account: string) => Promise<Domain | undefined>,
): Promise<readonly ListedGrant[]> {
  const rows = await readRows(
    reader,
    sql`SELECT ${columnsOf(grantsTable)} FROM grants
      WHERE region = ${region} AND retiring = ${retiring} AND grant_id > ${after} ORDER BY grant_id LIMIT ${count}`,
  );
  const listed: ListedGrant[] = [];
  for (const row of rows) {
    const account = String(row["account_id"]);
    const domain = await domainOf(account);
    if (domain === undefined) continue;
    const opened = openRow(grantsTable, row, domain.rowKey);
    listed.push({
      grant: grantFromRow(opened),
      keyArn: kmsArn(region, account, `key/${String(opened.key_id)}`),
    });
  }
  return listed;
}

/** Keys whose waiting period has ended, that have imported material which has, or whose next rotation is due. */
export async function listDue(
  reader: Reader,
  now: Date,
  count: number,
): Promise<
  readonly { readonly account: string; readonly region: string; readonly keyId: string }[]
> {
  const [deletions = [], expiries = [], rotations = []] = await reader.read(
    sql`SELECT account_id, region, key_id FROM keys
      WHERE state = 'PendingDeletion' AND deletion_date <= ${now.getTime()} ORDER BY deletion_date LIMIT ${count}`,
    sql`SELECT account_id, region, key_id FROM keys
      WHERE material_expiry <= ${now.getTime()} ORDER BY material_expiry LIMIT ${count}`,
    sql`SELECT account_id, region, key_id FROM keys
      WHERE state = 'Enabled' AND next_rotation <= ${now.getTime()} ORDER BY next_rotation LIMIT ${count}`,
  );
  return [...deletions, ...expiries, ...rotations].map((row) => ({
    account: String(row["account_id"]),
    region: String(row["region"]),
    keyId: String(row["key_id"]),
  }));
}

/** How many customer managed keys an account has in a region, those pending deletion included. */
export async function countCustomerKeys(
  reader: Reader,
  account: string,
  region: string,
): Promise<number> {
  const [row] = await readRows(
    reader,
    sql`SELECT COUNT(*) AS total FROM keys
      WHERE account_id = ${account} AND region = ${region} AND manager = 'CUSTOMER' AND state <> 'Deleted'`,
  );
  return Number(row?.["total"]);
}

/** Whether any key is in a custom key store, those pending deletion included. */
export async function hasKeysInStore(
  reader: Reader,
  { account, region }: { readonly account: string; readonly region: string },
  storeId: string,
): Promise<boolean> {
  const beginning = `{"storeId":"${storeId}"%`;
  const rows = await readRows(
    reader,
    sql`SELECT key_id FROM keys
      WHERE account_id = ${account} AND region = ${region} AND manager = 'CUSTOMER' AND state <> 'Deleted'
        AND custom_store LIKE ${beginning} LIMIT 1`,
  );
  return rows.length > 0;
}

/** Whether a key stands for this external key already. */
export async function usesExternalKey(
  reader: Reader,
  { account, region }: { readonly account: string; readonly region: string },
  customStore: CustomStore,
): Promise<boolean> {
  const rows = await readRows(
    reader,
    sql`SELECT key_id FROM keys
      WHERE account_id = ${account} AND region = ${region} AND origin = 'EXTERNAL_KEY_STORE'
        AND state <> 'Deleted' AND custom_store = ${customStoreText(customStore)} LIMIT 1`,
  );
  return rows.length > 0;
}

/** How many keys a deployment has, those pending deletion included. */
export async function countKeys(reader: Reader): Promise<number> {
  const [row] = await readRows(
    reader,
    sql`SELECT COUNT(*) AS total FROM keys WHERE state <> 'Deleted'`,
  );
  return Number(row?.["total"]);
}
