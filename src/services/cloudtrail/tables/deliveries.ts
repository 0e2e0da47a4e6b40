import type { Change, VersionRef } from "../../../database/commit.ts";
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
import type { Delivery } from "../model/delivery.ts";
import { deliveryFromRow, deliveryRow } from "./rows.ts";
import { deliveriesTable } from "./schema.ts";

export function deliveryVersion({
  trail,
  region,
  version,
}: Pick<Delivery, "trail" | "region" | "version">): VersionRef {
  return { aggregate: `trail-delivery/${trail}/${region}`, version };
}

/** How far the delivery of a trail has come in each region. Throws IntegrityError. */
export async function readDeliveries(
  reader: Reader,
  trail: string,
  { rowKey }: Domain,
): Promise<readonly Delivery[]> {
  const rows = await readRows(
    reader,
    sql`SELECT ${columnsOf(deliveriesTable)} FROM trail_deliveries WHERE trail_id = ${trail} ORDER BY region`,
  );
  return rows.map((row) => deliveryFromRow(openRow(deliveriesTable, row, rowKey)));
}

/** The change that brings a delivery to its next state, from version 0 if it is the first; the version counts up by itself. */
export function storeDelivery(next: Delivery, { rowKey }: Domain): Change {
  const after = { ...next, version: next.version + 1 };
  const store = next.version === 0 ? insertRow : updateRow;
  return {
    writes: [store(deliveriesTable, deliveryRow(after), rowKey)],
    versions: [deliveryVersion(after)],
  };
}

/** The change that forgets a delivery; ids of trails never come back. */
export function deleteDelivery(delivery: Delivery): Change {
  return {
    writes: [deleteRow(deliveriesTable, deliveryRow(delivery))],
    versions: [deliveryVersion({ ...delivery, version: 0 })],
  };
}
