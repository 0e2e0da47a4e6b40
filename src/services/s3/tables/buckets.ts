import { IntegrityError } from "../../../base/errors.ts";
import type { Change } from "../../../database/commit.ts";
import { joinChanges } from "../../../database/commit.ts";
import type { Reader, Row } from "../../../database/database.ts";
import { readRows } from "../../../database/database.ts";
import type { Domains } from "../../../database/domains.ts";
import { columnsOf, insertRow, openRow, updateRow } from "../../../database/sealed-row.ts";
import { sql } from "../../../database/sql.ts";
import type { Domain } from "../../../keystore/domain.ts";
import type { Bucket, FoundBucket } from "../model/bucket.ts";
import { bucketAggregate, bucketVersion } from "../model/bucket.ts";
import { bucketFromRow, bucketRow } from "./rows.ts";
import { bucketsTable } from "./schema.ts";

/** Reads buckets, every row verified under the key of its account and region. */
export class BucketTables {
  readonly #reader: Reader;
  readonly #domains: Domains;

  constructor(reader: Reader, domains: Domains) {
    this.#reader = reader;
    this.#domains = domains;
  }

  /** Throws IntegrityError. */
  async find(name: string): Promise<FoundBucket | undefined> {
    const [row] = await readRows(
      this.#reader,
      sql`SELECT ${columnsOf(bucketsTable)} FROM s3_buckets WHERE name = ${name}`,
    );
    return row === undefined ? undefined : this.#open(row);
  }

  /** The buckets of an account behind a name, in the order of their names. Throws IntegrityError. */
  async list(account: string, after: string, limit: number): Promise<readonly Bucket[]> {
    const rows = await readRows(
      this.#reader,
      sql`SELECT ${columnsOf(bucketsTable)} FROM s3_buckets
        WHERE account_id = ${account} AND name > ${after} ORDER BY name LIMIT ${limit}`,
    );
    return Promise.all(rows.map(async (row) => (await this.#open(row)).bucket));
  }

  /** The change that creates a bucket. */
  async insert(bucket: Bucket): Promise<Change> {
    const { domain, change } = await this.#domains.findOrCreate(bucket.account, bucket.region);
    const writes = [insertRow(bucketsTable, bucketRow(bucket), domain.rowKey)];
    return joinChanges([change, { writes, versions: [bucketVersion(bucket)] }]);
  }

  async #open(row: Row): Promise<FoundBucket> {
    const account = String(row["account_id"]);
    const domain = await this.#domains.find(account, String(row["region"]));
    if (domain === undefined)
      throw new IntegrityError(`the domain key of bucket ${String(row["name"])} is missing`);
    return { bucket: bucketFromRow(openRow(bucketsTable, row, domain.rowKey)), domain };
  }
}

/** The account that has a bucket, as the row says: it is verified when the bucket is used. */
export async function ownerOf(reader: Reader, name: string): Promise<string | undefined> {
  const [row] = await readRows(reader, sql`SELECT account_id FROM s3_buckets WHERE name = ${name}`);
  return row === undefined ? undefined : String(row["account_id"]);
}

/** The change that replaces a bucket by its next state; the version counts up by itself. */
export function replaceBucket(before: Bucket, next: Bucket, { rowKey }: Domain): Change {
  const after = { ...next, version: before.version + 1 };
  return {
    writes: [updateRow(bucketsTable, bucketRow(after), rowKey)],
    versions: [bucketVersion(after)],
  };
}

/** The change that removes a bucket; an object in it, also one that comes at this moment, is a conflict. */
export function deleteBucket({ name }: Bucket): Change {
  const statement = sql`DELETE FROM s3_buckets WHERE name = ${name}
    AND NOT EXISTS (SELECT 1 FROM s3_objects WHERE bucket = ${name})`;
  return {
    writes: [{ statement, rows: 1 }],
    versions: [{ aggregate: bucketAggregate(name), version: 0 }],
  };
}
