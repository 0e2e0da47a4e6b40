import { IntegrityError } from "../base/errors.ts";
import type { DomainId } from "../keystore/domain.ts";
import { openDomain, rewrapDomain } from "../keystore/domain.ts";
import type { RootKey } from "../keystore/root.ts";
import type { Write } from "./commit.ts";
import type { Reader, Row } from "./database.ts";
import { readRows } from "./database.ts";
import { sql } from "./sql.ts";

const pageLength = 500;

/** The domain keys that other versions of the root key wrap, as writes that put them under one, page by page. */
export async function* rewrapDomains(
  reader: Reader,
  from: RootKey,
  to: RootKey,
): AsyncIterable<readonly Write[]> {
  for await (const rows of domainPages(reader)) {
    const old = rows.filter((row) => Number(row["root_version"]) !== to.version);
    if (old.length > 0) yield old.map((row) => rewrap(row, from, to));
  }
}

function rewrap(row: Row, from: RootKey, to: RootKey): Write {
  const { account, region, epoch } = domainOf(row);
  const before = Number(row["root_version"]);
  const bytes = row["wrapped"] as Uint8Array;
  const wrapped = rewrapDomain(from.at(before), to, { account, region, epoch }, bytes);
  return {
    statement: sql`UPDATE domain_keys SET wrapped = ${wrapped}, root_version = ${to.version}
      WHERE account_id = ${account} AND region = ${region} AND epoch = ${epoch} AND root_version = ${before}`,
    rows: 1,
  };
}

/** Opens every domain key under one version of the root key. Throws IntegrityError at the first that does not open. */
export async function verifyDomains(reader: Reader, root: RootKey): Promise<void> {
  for await (const rows of domainPages(reader))
    for (const row of rows) {
      if (Number(row["root_version"]) !== root.version)
        throw new IntegrityError(
          `a domain key is not under version ${root.version} of the root key`,
        );
      openDomain(root, domainOf(row), row["wrapped"] as Uint8Array).wipe();
    }
}

async function* domainPages(reader: Reader): AsyncIterable<readonly Row[]> {
  let last: DomainId = { account: "", region: "", epoch: 0 };
  for (;;) {
    const rows = await readRows(
      reader,
      sql`SELECT account_id, region, epoch, wrapped, root_version FROM domain_keys
        WHERE (account_id, region, epoch) > (${last.account}, ${last.region}, ${last.epoch})
        ORDER BY account_id, region, epoch LIMIT ${pageLength}`,
    );
    const end = rows.at(-1);
    if (end === undefined) return;
    yield rows;
    last = domainOf(end);
  }
}

function domainOf(row: Row): DomainId {
  return {
    account: String(row["account_id"]),
    region: String(row["region"]),
    epoch: Number(row["epoch"]),
  };
}

/** Forgets the versions of the root key before one. */
export function retireRoots(before: number): Write {
  return { statement: sql`DELETE FROM root_keys WHERE version < ${before}`, rows: "any" };
}

/** Forgets what one source wrapped. */
export function removeWrappedRoot(source: string, version: number): Write {
  return {
    statement: sql`DELETE FROM root_keys WHERE source = ${source} AND version = ${version}`,
    rows: 1,
  };
}
