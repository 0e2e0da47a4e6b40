import type { Change } from "../../../database/commit.ts";
import type { Reader } from "../../../database/database.ts";
import { readRows } from "../../../database/database.ts";
import {
  columnsOf,
  deleteRow,
  insertRow,
  openRow,
  updateRow,
} from "../../../database/sealed-row.ts";
import { sql } from "../../../database/sql.ts";
import type { Domain } from "../../../keystore/domain.ts";
import type { StoredObject } from "../model/object.ts";
import { objectAggregate } from "../model/object.ts";
import { objectFromRow, objectRow } from "./rows.ts";
import { objectsTable } from "./schema.ts";

/** Where a part of a listing begins. */
export interface ListingStart {
  readonly key: string;
  /** Whether the key itself belongs to it. */
  readonly inclusive: boolean;
}

/** Reads objects, every row verified under the key of the bucket's account and region. */
export class ObjectTables {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Throws IntegrityError. */
  async find(bucket: string, key: string, domain: Domain): Promise<StoredObject | undefined> {
    const [row] = await readRows(
      this.#reader,
      sql`SELECT ${columnsOf(objectsTable)} FROM s3_objects WHERE bucket = ${bucket} AND object_key = ${key}`,
    );
    return row === undefined ? undefined : objectFromRow(openRow(objectsTable, row, domain.rowKey));
  }

  /** Objects from a key on, in the order of the UTF-8 bytes of their keys. Throws IntegrityError. */
  async list(
    bucket: string,
    { key, inclusive }: ListingStart,
    limit: number,
    domain: Domain,
  ): Promise<readonly StoredObject[]> {
    const bound = inclusive ? sql`object_key >= ${key}` : sql`object_key > ${key}`;
    const rows = await readRows(
      this.#reader,
      sql`SELECT ${columnsOf(objectsTable)} FROM s3_objects
        WHERE bucket = ${bucket} AND ${bound} ORDER BY object_key LIMIT ${limit}`,
    );
    return rows.map((row) => objectFromRow(openRow(objectsTable, row, domain.rowKey)));
  }

  /** Whether an object has its bytes in a file. */
  async usesFile(fileId: string): Promise<boolean> {
    const rows = await readRows(
      this.#reader,
      sql`SELECT file_id FROM s3_objects WHERE file_id = ${fileId}`,
    );
    return rows.length > 0;
  }

  /** Whether an object has its bytes under its key in a place of the operator's. */
  async usesPlace(bucket: string, key: string): Promise<boolean> {
    const rows = await readRows(
      this.#reader,
      sql`SELECT bucket FROM s3_objects
        WHERE bucket = ${bucket} AND object_key = ${key} AND elsewhere IS NOT NULL`,
    );
    return rows.length > 0;
  }

  /** The buckets that have objects in places of the operator's. */
  async bucketsElsewhere(): Promise<readonly string[]> {
    const rows = await readRows(
      this.#reader,
      sql`SELECT DISTINCT bucket FROM s3_objects WHERE elsewhere IS NOT NULL ORDER BY bucket`,
    );
    return rows.map(({ bucket }) => String(bucket));
  }
}

/** The change that puts an object where none was, or in the place of another. */
export function storeObject(
  object: StoredObject,
  before: StoredObject | undefined,
  { rowKey }: Domain,
): Change {
  const row = objectRow(object);
  const write =
    before === undefined
      ? insertRow(objectsTable, row, rowKey)
      : updateRow(objectsTable, row, rowKey);
  const aggregate = objectAggregate(object.bucket, object.key);
  return { writes: [write], versions: [{ aggregate, version: object.version }] };
}

/** The change that removes an object. */
export function deleteObject(object: StoredObject): Change {
  const aggregate = objectAggregate(object.bucket, object.key);
  return {
    writes: [deleteRow(objectsTable, objectRow(object))],
    versions: [{ aggregate, version: 0 }],
  };
}
