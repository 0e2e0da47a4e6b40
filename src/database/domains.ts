import type { Domain } from "../keystore/domain.ts";
import { createDomain, openDomain } from "../keystore/domain.ts";
import type { RootKey } from "../keystore/root.ts";
import type { Change } from "./commit.ts";
import { noChange } from "./commit.ts";
import type { Reader } from "./database.ts";
import { readRows } from "./database.ts";
import { sql } from "./sql.ts";

const epoch = 1;
const mostOpen = 10_000;

/** The domains of a deployment, opened when first used. A database of many regions opens only those that are used. */
export class Domains {
  readonly #root: RootKey;
  readonly #reader: Reader;
  readonly #open = new Map<string, Domain>();

  constructor(root: RootKey, reader: Reader) {
    this.#root = root;
    this.#reader = reader;
  }

  /** The domain of an account in a region; undefined when nothing was ever stored there. */
  async find(account: string, region: string): Promise<Domain | undefined> {
    const name = `${account}/${region}`;
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const [row] = await readRows(
      this.#reader,
      sql`SELECT wrapped, root_version FROM domain_keys WHERE account_id = ${account} AND region = ${region} AND epoch = ${epoch}`,
    );
    if (row === undefined) return undefined;
    const root = this.#root.at(Number(row["root_version"]));
    const domain = openDomain(root, { account, region, epoch }, row["wrapped"] as Uint8Array);
    // Any well-formed region may be named: what is open stays bounded.
    if (this.#open.size >= mostOpen) this.#open.clear();
    this.#open.set(name, domain);
    return domain;
  }

  /** The domain of an account in a region, and the change that creates it if it is the first use. */
  async findOrCreate(
    account: string,
    region: string,
  ): Promise<{ readonly domain: Domain; readonly change: Change }> {
    const known = await this.find(account, region);
    if (known !== undefined) return { domain: known, change: noChange };
    const { domain, wrapped } = createDomain(this.#root, { account, region, epoch });
    const statement = sql`INSERT INTO domain_keys (account_id, region, epoch, wrapped, root_version)
      VALUES (${account}, ${region}, ${epoch}, ${wrapped}, ${this.#root.version})`;
    return { domain, change: { writes: [{ statement, rows: 1 }], versions: [] } };
  }

  /** Wipes the keys of all domains that are open, for the time when the deployment is sealed. */
  wipe(): void {
    for (const domain of this.#open.values()) domain.wipe();
    this.#open.clear();
  }
}
