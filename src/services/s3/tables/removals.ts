import { IntegrityError } from "../../../base/errors.ts";
import type { Change } from "../../../database/commit.ts";
import type { Reader, Row } from "../../../database/database.ts";
import { readRows } from "../../../database/database.ts";
import type { Domains } from "../../../database/domains.ts";
import { columnsOf, deleteRow, insertRow, openRow } from "../../../database/sealed-row.ts";
import { sql } from "../../../database/sql.ts";
import type { Domain } from "../../../keystore/domain.ts";
import type { Bucket } from "../model/bucket.ts";
import type { StoredObject } from "../model/object.ts";
import { removalsTable } from "./schema.ts";

/** Bytes in a place of the operator's whose object was deleted. */
export interface Removal {
  readonly bucket: string;
  readonly key: string;
  /** The change that takes note of their removal. */
  readonly done: Change;
  /** Where the list goes on behind it. */
  readonly fileId: string;
}

/** The change that notes down bytes to remove, with the deletion of their object. */
export function oweRemoval(
  { fileId, key }: StoredObject,
  { name, account, region }: Bucket,
  { rowKey }: Domain,
): Change {
  const row = {
    file_id: fileId,
    bucket: name,
    object_key: key,
    account_id: account,
    region,
  };
  return { writes: [insertRow(removalsTable, row, rowKey)], versions: [] };
}

/** Reads what is to be removed, every row verified under the key of the account and region that the bucket had. */
export class RemovalTables {
  readonly #reader: Reader;
  readonly #domains: Domains;

  constructor(reader: Reader, domains: Domains) {
    this.#reader = reader;
    this.#domains = domains;
  }

  /** Throws IntegrityError. */
  async list(after: string, limit: number): Promise<readonly Removal[]> {
    const rows = await readRows(
      this.#reader,
      sql`SELECT ${columnsOf(removalsTable)} FROM s3_removals
        WHERE file_id > ${after} ORDER BY file_id LIMIT ${limit}`,
    );
    return Promise.all(rows.map((row) => this.#open(row)));
  }

  async #open(row: Row): Promise<Removal> {
    const domain = await this.#domains.find(String(row["account_id"]), String(row["region"]));
    if (domain === undefined)
      throw new IntegrityError(`the domain key of removal ${String(row["file_id"])} is missing`);
    const { mac: _, ...opened } = openRow(removalsTable, row, domain.rowKey);
    return {
      bucket: String(opened.bucket),
      key: String(opened.object_key),
      done: { writes: [deleteRow(removalsTable, opened)], versions: [] },
      fileId: String(opened.file_id),
    };
  }
}
