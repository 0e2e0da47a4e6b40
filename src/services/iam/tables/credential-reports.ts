import type { Change } from "../../../database/commit.ts";
import type { Reader } from "../../../database/database.ts";
import { readRows } from "../../../database/database.ts";
import { columnsOf, openRow, upsertRow } from "../../../database/sealed-row.ts";
import { sql } from "../../../database/sql.ts";
import type { Domain } from "../../../keystore/domain.ts";
import { credentialReportsTable } from "./schema.ts";

/** What an account's users have to sign in and to sign with, at one moment. */
export interface CredentialReport {
  readonly generatedAt: Date;
  /** Comma-separated values with a head line. */
  readonly content: string;
}

/** The newest report of an account. Throws IntegrityError. */
export async function readCredentialReport(
  reader: Reader,
  account: string,
  { rowKey }: Domain,
): Promise<CredentialReport | undefined> {
  const [row] = await readRows(
    reader,
    sql`SELECT ${columnsOf(credentialReportsTable)} FROM credential_reports WHERE account_id = ${account}`,
  );
  if (row === undefined) return undefined;
  const { generated_at, content } = openRow(credentialReportsTable, row, rowKey);
  return { generatedAt: new Date(Number(generated_at)), content: String(content) };
}

/** The change that stores a report in the place of the one before it. */
export function storeCredentialReport(
  account: string,
  { generatedAt, content }: CredentialReport,
  { rowKey }: Domain,
): Change {
  const row = { account_id: account, generated_at: generatedAt.getTime(), content };
  return { writes: [upsertRow(credentialReportsTable, row, rowKey)], versions: [] };
}
