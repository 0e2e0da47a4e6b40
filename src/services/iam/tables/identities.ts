import { IntegrityError } from "../../../base/errors.ts";
import { equalBytes } from "../../../crypto/hash.ts";
import type { Change } from "../../../database/commit.ts";
import { joinChanges } from "../../../database/commit.ts";
import type { Reader, Row } from "../../../database/database.ts";
import { readRows } from "../../../database/database.ts";
import type { Domains } from "../../../database/domains.ts";
import type { SealedTable } from "../../../database/sealed-row.ts";
import { childrenDigest, columnsOf, insertRow, openRow } from "../../../database/sealed-row.ts";
import type { Sql } from "../../../database/sql.ts";
import { name as column, sql } from "../../../database/sql.ts";
import type { Domain } from "../../../keystore/domain.ts";
import { globalRegion } from "../../../keystore/domain.ts";
import type { AccessKey, Account, Entities, EntityKind, Role, User } from "../model/identity.ts";
import { uniqueIdOf } from "../model/identity.ts";
import {
  accessKeyFromRow,
  accountFromRow,
  accountRow,
  groupFromRow,
  policyFromRow,
  providerFromRow,
  roleFromRow,
  userFromRow,
} from "./rows.ts";
import {
  accessKeysTable,
  accountsTable,
  groupsTable,
  managedPoliciesTable,
  providersTable,
  rolesTable,
  usersTable,
} from "./schema.ts";

/** Where entities of a kind are, but for users, whose access keys come along. */
interface Place<E> {
  readonly table: SealedTable<string>;
  /** The column that holds the name. */
  readonly name: string;
  readonly read: (row: Row, rowKey: Uint8Array) => E;
}

const places: { readonly [K in Exclude<EntityKind, "user">]: Place<Entities[K]> } = {
  group: {
    table: groupsTable,
    name: "group_name",
    read: (row, rowKey) => groupFromRow(openRow(groupsTable, row, rowKey)),
  },
  role: {
    table: rolesTable,
    name: "role_name",
    read: (row, rowKey) => roleFromRow(openRow(rolesTable, row, rowKey)),
  },
  policy: {
    table: managedPoliciesTable,
    name: "policy_name",
    read: (row, rowKey) => policyFromRow(openRow(managedPoliciesTable, row, rowKey)),
  },
  provider: {
    table: providersTable,
    name: "url",
    read: (row, rowKey) => providerFromRow(openRow(providersTable, row, rowKey)),
  },
};

const users = { table: usersTable, name: "user_name" };

/** Reads accounts and their identities, every row verified under the account's own key. */
export class IdentityTables {
  readonly #reader: Reader;
  readonly #domains: Domains;

  constructor(reader: Reader, domains: Domains) {
    this.#reader = reader;
    this.#domains = domains;
  }

  async findAccount(account: string): Promise<Account | undefined> {
    const [row] = await readRows(
      this.#reader,
      sql`SELECT ${columnsOf(accountsTable)} FROM accounts WHERE account_id = ${account}`,
    );
    if (row === undefined) return undefined;
    return accountFromRow(openRow(accountsTable, row, (await this.domain(account)).rowKey));
  }

  /** The owner of an access key: account and user name; undefined for an unknown id. */
  async findAccessKeyOwner(
    id: string,
  ): Promise<{ readonly account: string; readonly name: string } | undefined> {
    const [row] = await readRows(
      this.#reader,
      sql`SELECT ${columnsOf(accessKeysTable)} FROM access_keys WHERE access_key_id = ${id}`,
    );
    if (row === undefined) return undefined;
    const { rowKey } = await this.domain(String(row["account_id"]));
    const opened = openRow(accessKeysTable, row, rowKey);
    return { account: String(opened.account_id), name: String(opened.user_name) };
  }

  /** An entity by its name; the root user has the empty one. */
  async find<K extends EntityKind>(
    kind: K,
    account: string,
    name: string,
  ): Promise<Entities[K] | undefined> {
    const found =
      kind === "user"
        ? await this.#findUser(account, name)
        : await this.#findOther(kind as Exclude<K, "user">, account, name);
    return found as Entities[K] | undefined;
  }

  /** Whether an entity of a kind has a name, whatever the case of its letters. */
  async isTaken(kind: EntityKind, account: string, name: string): Promise<boolean> {
    const { table, name: nameColumn } = kind === "user" ? users : places[kind];
    const rows = await readRows(
      this.#reader,
      sql`SELECT 1 AS taken FROM ${column(table.name)}
        WHERE account_id = ${account} AND lower(${column(nameColumn)}) = ${name.toLowerCase()}`,
    );
    return rows.length > 0;
  }

  /** The user or role of a unique id, in whatever account. */
  async findByUniqueId(id: string): Promise<User | Role | undefined> {
    const [[user] = [], [role] = []] = await this.#reader.read(
      sql`SELECT account_id, user_name AS name FROM users WHERE user_id = ${id}`,
      sql`SELECT account_id, role_name AS name FROM roles WHERE role_id = ${id}`,
    );
    const kind = user === undefined ? "role" : "user";
    const row = user ?? role;
    const found = row && (await this.find(kind, String(row["account_id"]), String(row["name"])));
    // Between the two reads the name can have passed to another one.
    return found !== undefined && uniqueIdOf(found) === id ? found : undefined;
  }

  /** The entities of a kind, or so many behind a name, in the order of their names; of users, all but the root user. */
  async list<K extends EntityKind>(
    kind: K,
    account: string,
    range: Range = all,
  ): Promise<readonly Entities[K][]> {
    const listed =
      kind === "user"
        ? await this.#listUsers(account, range)
        : await this.#listOthers(kind as Exclude<K, "user">, account, range);
    return listed as readonly Entities[K][];
  }

  /** How many entities of a kind an account has; of users, all but the root user. */
  async count(kind: EntityKind, account: string): Promise<number> {
    const { table, name: nameColumn } = kind === "user" ? users : places[kind];
    const [row] = await readRows(
      this.#reader,
      sql`SELECT count(*) AS number FROM ${column(table.name)}
        WHERE account_id = ${account} AND ${column(nameColumn)} <> ''`,
    );
    return Number(row?.["number"] ?? 0);
  }

  /** The users of a group, in the order of their names. */
  async members(account: string, group: string): Promise<readonly User[]> {
    // The text of a list that holds the name, or one like it: the list itself decides.
    const like = sql`account_id = ${account} AND group_names LIKE ${`%${JSON.stringify(group)}%`}`;
    const found = await this.#readUsers(
      account,
      sql`WHERE ${like} ORDER BY user_name`,
      sql`WHERE account_id = ${account} AND user_name IN (SELECT user_name FROM users WHERE ${like})`,
    );
    return found.filter(({ groups }) => groups.includes(group));
  }

  /** Whether an account has an alias, which is unique in the deployment. */
  async isAliasTaken(alias: string): Promise<boolean> {
    const rows = await readRows(
      this.#reader,
      sql`SELECT 1 AS taken FROM accounts WHERE alias = ${alias}`,
    );
    return rows.length > 0;
  }

  /** The secret of an access key of a user. */
  async openSecret(account: string, key: AccessKey): Promise<Buffer> {
    return (await this.domain(account)).unwrap(secretIdentity(key.id), key.wrappedSecret);
  }

  /** The change that creates an account with its domain. */
  async insertAccount(
    account: Account,
  ): Promise<{ readonly domain: Domain; readonly change: Change }> {
    const { domain, change } = await this.#domains.findOrCreate(account.account, globalRegion);
    const write = insertRow(accountsTable, accountRow(account), domain.rowKey);
    return { domain, change: joinChanges([change, { writes: [write], versions: [] }]) };
  }

  /** The keys of an account's identities. Throws IntegrityError: every account has them. */
  async domain(account: string): Promise<Domain> {
    const domain = await this.#domains.find(account, globalRegion);
    if (domain === undefined)
      throw new IntegrityError(`the domain key of account ${account} is missing`);
    return domain;
  }

  async #findOther<K extends Exclude<EntityKind, "user">>(
    kind: K,
    account: string,
    name: string,
  ): Promise<Entities[K] | undefined> {
    const place = places[kind];
    const where = sql`WHERE account_id = ${account} AND ${column(place.name)} = ${name}`;
    const [row] = await readRows(this.#reader, select(place.table, where));
    return row === undefined ? undefined : place.read(row, (await this.domain(account)).rowKey);
  }

  async #listOthers<K extends Exclude<EntityKind, "user">>(
    kind: K,
    account: string,
    range: Range,
  ): Promise<readonly Entities[K][]> {
    const place = places[kind];
    const where = behind(account, place.name, range);
    const rows = await readRows(this.#reader, select(place.table, where));
    if (rows.length === 0) return [];
    const { rowKey } = await this.domain(account);
    return rows.map((row) => place.read(row, rowKey));
  }

  async #findUser(account: string, name: string): Promise<User | undefined> {
    const where = sql`WHERE account_id = ${account} AND user_name = ${name}`;
    const [[row] = [], keys = []] = await this.#reader.read(
      select(usersTable, where),
      select(accessKeysTable, where),
    );
    if (row === undefined) return undefined;
    return readUser(row, keys, (await this.domain(account)).rowKey);
  }

  async #listUsers(account: string, range: Range): Promise<readonly User[]> {
    const where = behind(account, users.name, range);
    const named = sql`SELECT user_name FROM users ${where}`;
    return this.#readUsers(
      account,
      where,
      sql`WHERE account_id = ${account} AND user_name IN (${named})`,
    );
  }

  async #readUsers(account: string, where: Sql, ofKeys: Sql): Promise<readonly User[]> {
    const [rows = [], keys = []] = await this.#reader.read(
      select(usersTable, where),
      select(accessKeysTable, ofKeys),
    );
    if (rows.length === 0) return [];
    const { rowKey } = await this.domain(account);
    const byUser = Map.groupBy(keys, (key) => key["user_name"]);
    return rows.map((row) => readUser(row, byUser.get(row["user_name"]) ?? [], rowKey));
  }
}

/** So many entities behind a name. The root user's name is empty. */
interface Range {
  readonly after: string;
  readonly most: number;
}

const all: Range = { after: "", most: Number.MAX_SAFE_INTEGER };

function behind(account: string, nameColumn: string, { after, most }: Range): Sql {
  const place = column(nameColumn);
  return sql`WHERE account_id = ${account} AND ${place} > ${after} ORDER BY ${place} LIMIT ${most}`;
}

function select(table: SealedTable<string>, where: Sql): Sql {
  return sql`SELECT ${columnsOf(table)} FROM ${column(table.name)} ${where}`;
}

/** Wraps an access key's secret for storage. */
export function wrapSecret(domain: Domain, accessKeyId: string, secret: string): Buffer {
  return domain.wrap(secretIdentity(accessKeyId), Buffer.from(secret, "utf8"));
}

function secretIdentity(accessKeyId: string): readonly string[] {
  return ["access-key-secret", accessKeyId];
}

function readUser(row: Row, keyRows: readonly Row[], rowKey: Uint8Array): User {
  const user = openRow(usersTable, row, rowKey);
  const keys = keyRows.map((each) => openRow(accessKeysTable, each, rowKey));
  const digest = childrenDigest(keys.map((key) => key.mac));
  if (!equalBytes(user.access_keys_digest as Uint8Array, digest))
    throw new IntegrityError(
      `the access keys of user ${String(user.user_name)} were changed outside the service`,
    );
  return { ...userFromRow(user), accessKeys: keys.map(accessKeyFromRow) };
}
