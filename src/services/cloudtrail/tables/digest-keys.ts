import { IntegrityError } from "../../../base/errors.ts";
import type { Change, VersionRef } from "../../../database/commit.ts";
import type { Reader } from "../../../database/database.ts";
import { readRows } from "../../../database/database.ts";
import type { Domains } from "../../../database/domains.ts";
import type { SealedRow, SealedTable } from "../../../database/sealed-row.ts";
import { columnsOf, insertRow, openRow, updateRow } from "../../../database/sealed-row.ts";
import { sql } from "../../../database/sql.ts";
import type { Domain } from "../../../keystore/domain.ts";
import type { DigestKey, DigestKeySet } from "../model/digest-key.ts";
import { digestKeysTable } from "./schema.ts";

/** The keys of digests belong to the deployment, not to an account. */
const nobody = "000000000000";

type Columns = typeof digestKeysTable extends SealedTable<infer C> ? C : never;
type Stored = Pick<DigestKey, "fingerprint"> &
  Readonly<Record<"publicKey" | "wrapped", string>> &
  Readonly<Record<"validFrom" | "validTo", number>>;

export function digestKeysVersion({ region, version }: DigestKeySet): VersionRef {
  return { aggregate: `digest-keys/${region}`, version };
}

/** Reads and stores the keys that sign the digests of each region. */
export class DigestKeyTables {
  readonly #reader: Reader;
  readonly #domains: Domains;

  constructor(reader: Reader, domains: Domains) {
    this.#reader = reader;
    this.#domains = domains;
  }

  /** The keys of a region, oldest first. Throws IntegrityError. */
  async list(region: string): Promise<DigestKeySet> {
    const [row] = await readRows(
      this.#reader,
      sql`SELECT ${columnsOf(digestKeysTable)} FROM digest_keys WHERE region = ${region}`,
    );
    if (row === undefined) return { region, keys: [], version: 0 };
    const { rowKey } = await this.#domain(region);
    const { keys, version } = openRow(digestKeysTable, row, rowKey);
    // INVARIANT: the row was verified, so its JSON is what `rowOf` wrote.
    const stored = JSON.parse(String(keys)) as readonly Stored[];
    return { region, keys: stored.map(fromStored), version: Number(version) };
  }

  /** The private half of a key. The caller wipes it. */
  async open(region: string, { fingerprint, wrapped }: DigestKey): Promise<Buffer> {
    return (await this.#domain(region)).unwrap(identityOf(fingerprint), wrapped);
  }

  /** The key set with another key, and the change that stores it. Wipes the private half. */
  async add(
    set: DigestKeySet,
    { privateKey, ...key }: Omit<DigestKey, "wrapped"> & { readonly privateKey: Uint8Array },
  ): Promise<{ readonly key: DigestKey; readonly change: Change }> {
    const { domain, change } = await this.#domains.findOrCreate(nobody, set.region);
    const added = { ...key, wrapped: domain.wrap(identityOf(key.fingerprint), privateKey) };
    privateKey.fill(0);
    const after = { ...set, keys: [...set.keys, added], version: set.version + 1 };
    const store = set.version === 0 ? insertRow : updateRow;
    const write = store(digestKeysTable, rowOf(after), domain.rowKey);
    return {
      key: added,
      change: { writes: [...change.writes, write], versions: [digestKeysVersion(after)] },
    };
  }

  async #domain(region: string): Promise<Domain> {
    const domain = await this.#domains.find(nobody, region);
    if (domain === undefined)
      throw new IntegrityError(`the domain key of the digest keys of ${region} is missing`);
    return domain;
  }
}

function identityOf(fingerprint: string): readonly string[] {
  return ["digest-key", fingerprint];
}

function rowOf({ region, keys, version }: DigestKeySet): SealedRow<Columns> {
  return { region, keys: JSON.stringify(keys.map(toStored)), version };
}

function toStored({ fingerprint, publicKey, wrapped, validFrom, validTo }: DigestKey): Stored {
  return {
    fingerprint,
    publicKey: Buffer.from(publicKey).toString("base64"),
    wrapped: Buffer.from(wrapped).toString("base64"),
    validFrom: validFrom.getTime(),
    validTo: validTo.getTime(),
  };
}

function fromStored({ fingerprint, publicKey, wrapped, validFrom, validTo }: Stored): DigestKey {
  return {
    fingerprint,
    publicKey: Buffer.from(publicKey, "base64"),
    wrapped: Buffer.from(wrapped, "base64"),
    validFrom: new Date(validFrom),
    validTo: new Date(validTo),
  };
}
