import type { Change } from "../../../database/commit.ts";
import type { Reader } from "../../../database/database.ts";
import { readRows } from "../../../database/database.ts";
import type { Domains } from "../../../database/domains.ts";
import { columnsOf, openRow, upsertRow } from "../../../database/sealed-row.ts";
import { sql } from "../../../database/sql.ts";
import type { Domain } from "../../../keystore/domain.ts";
import type {
  CloudHsmStore,
  CustomKeyStore,
  ExternalStore,
  ProxySettings,
  StoreList,
} from "../model/custom-key-store.ts";
import { storesAggregate } from "../model/custom-key-store.ts";
import { customKeyStoresTable } from "./schema.ts";

/** Reads the custom key stores of accounts, verified, and keeps those in use. */
export class StoreTables {
  readonly #reader: Reader;
  readonly #domains: Domains;
  readonly #capacity: number;
  readonly #known = new Map<string, StoreList>();

  constructor(reader: Reader, domains: Domains, capacity = 1_000) {
    this.#reader = reader;
    this.#domains = domains;
    this.#capacity = capacity;
  }

  /** The stores of an account in a region; an empty list where there never was one. Throws IntegrityError. */
  async find(account: string, region: string): Promise<StoreList> {
    const aggregate = storesAggregate(account, region);
    const known = this.#known.get(aggregate);
    if (known !== undefined) return known;
    const list = await this.read(account, region);
    if (this.#known.size >= this.#capacity) this.#known.clear();
    this.#known.set(aggregate, list);
    return list;
  }

  /** Accounts and regions that have stores. What is read here proves nothing: `find` verifies. */
  async places(): Promise<readonly { readonly account: string; readonly region: string }[]> {
    const rows = await readRows(
      this.#reader,
      sql`SELECT account_id, region FROM custom_key_stores ORDER BY account_id, region`,
    );
    return rows.map((row) => ({
      account: String(row["account_id"]),
      region: String(row["region"]),
    }));
  }

  /** Drops what is known of an aggregate, because it changed. */
  forget(aggregate: string): void {
    this.#known.delete(aggregate);
  }

  /** The stores as they are stored now, whatever is kept. Throws IntegrityError. */
  async read(account: string, region: string): Promise<StoreList> {
    const aggregate = storesAggregate(account, region);
    const domain = await this.#domains.find(account, region);
    const [row] = await readRows(
      this.#reader,
      sql`SELECT ${columnsOf(customKeyStoresTable)} FROM custom_key_stores
        WHERE account_id = ${account} AND region = ${region}`,
    );
    if (row === undefined || domain === undefined)
      return { account, region, version: { aggregate, version: 0 }, stores: [] };
    const { version, stores } = openRow(customKeyStoresTable, row, domain.rowKey);
    return {
      account,
      region,
      version: { aggregate, version: Number(version) },
      stores: parseStores(String(stores)),
    };
  }
}

/** The change that replaces an account's stores; `erases` where a secret went. */
export function replaceStores(
  list: StoreList,
  stores: readonly CustomKeyStore[],
  domain: Domain,
): Change {
  const version = { ...list.version, version: list.version.version + 1 };
  const row = {
    account_id: list.account,
    region: list.region,
    version: version.version,
    stores: formatStores(stores),
  };
  const kept = new Set(stores.map(secretOf));
  return {
    writes: [upsertRow(customKeyStoresTable, row, domain.rowKey)],
    versions: [version],
    erases: list.stores.some((store) => !kept.has(secretOf(store))),
  };
}

function secretOf(store: CustomKeyStore): Uint8Array {
  return store.type === "AWS_CLOUDHSM" ? store.password : store.proxy.secret;
}

/** JSON: moments as epoch milliseconds, bytes as base64. */
function formatStores(stores: readonly CustomKeyStore[]): string {
  return JSON.stringify(
    stores.map((store) => ({
      ...store,
      createdAt: store.createdAt.getTime(),
      ...(store.type === "AWS_CLOUDHSM"
        ? { password: toBase64(store.password) }
        : { proxy: { ...store.proxy, secret: toBase64(store.proxy.secret) } }),
    })),
  );
}

type Stored<S> = Omit<S, "createdAt" | "password" | "proxy"> & { readonly createdAt: number };
type StoredHsm = Stored<CloudHsmStore> & { readonly password: string };
type StoredExternal = Stored<ExternalStore> & {
  readonly proxy: Omit<ProxySettings, "secret"> & { readonly secret: string };
};

function parseStores(text: string): readonly CustomKeyStore[] {
  // The row is sealed: it holds what `formatStores` wrote.
  const stored = JSON.parse(text) as readonly (StoredHsm | StoredExternal)[];
  return stored.map((store) => {
    const createdAt = new Date(store.createdAt);
    if (store.type === "AWS_CLOUDHSM")
      return { ...store, createdAt, password: Buffer.from(store.password, "base64") };
    const secret = Buffer.from(store.proxy.secret, "base64");
    return { ...store, createdAt, proxy: { ...store.proxy, secret } };
  });
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
