import { IntegrityError } from "../../../base/errors.ts";
import { equalBytes } from "../../../crypto/hash.ts";
import type { Change } from "../../../database/commit.ts";
import { joinChanges } from "../../../database/commit.ts";
import type { Reader, Row } from "../../../database/database.ts";
import type { Domains } from "../../../database/domains.ts";
import {
  childrenDigest,
  columnsOf,
  insertRow,
  openRow,
  rowMac,
} from "../../../database/sealed-row.ts";
import { sql } from "../../../database/sql.ts";
import type { Domain } from "../../../keystore/domain.ts";
import { globalRegion } from "../../../keystore/domain.ts";
import type { AccessKey, Account, Group, ManagedPolicy, User } from "../model/identity.ts";
import {
  accessKeysTable,
  accountsTable,
  groupsTable,
  managedPoliciesTable,
  usersTable,
} from "./schema.ts";

export const aggregates = {
  user: (account: string, name: string) => `user/${account}/${name}`,
  group: (account: string, name: string) => `group/${account}/${name}`,
  policy: (account: string, name: string) => `policy/${account}/${name}`,
};

/** Reads and writes accounts and their identities, every row verified under the account's own key. */
export class IdentityTables {
  readonly #reader: Reader;
  readonly #domains: Domains;

  constructor(reader: Reader, domains: Domains) {
    this.#reader = reader;
    this.#domains = domains;
  }

  async findAccount(account: string): Promise<Account | undefined> {
    const [[row] = []] = await this.#reader.read(
      sql`SELECT ${columnsOf(accountsTable)} FROM accounts WHERE account_id = ${account}`,
    );
    if (row === undefined) return undefined;
    const opened = openRow(accountsTable, row, (await this.#domain(account)).rowKey);
    return { account, name: String(opened.name), createdAt: new Date(Number(opened.created_at)) };
  }

  /** The owner of an access key: account and user name; undefined for an unknown id. */
  async findAccessKeyOwner(
    id: string,
  ): Promise<{ readonly account: string; readonly name: string } | undefined> {
    const [[row] = []] = await this.#reader.read(
      sql`SELECT ${columnsOf(accessKeysTable)} FROM access_keys WHERE access_key_id = ${id}`,
    );
    if (row === undefined) return undefined;
    const opened = openRow(
      accessKeysTable,
      row,
      (await this.#domain(String(row["account_id"]))).rowKey,
    );
    return { account: String(opened.account_id), name: String(opened.user_name) };
  }

  /** A user with its access keys; the root user has the empty name. */
  async findUser(account: string, name: string): Promise<User | undefined> {
    const [[row] = [], keys = []] = await this.#reader.read(
      sql`SELECT ${columnsOf(usersTable)} FROM users WHERE account_id = ${account} AND user_name = ${name}`,
      sql`SELECT ${columnsOf(accessKeysTable)} FROM access_keys WHERE account_id = ${account} AND user_name = ${name}`,
    );
    return row === undefined
      ? undefined
      : readUser(row, keys, (await this.#domain(account)).rowKey);
  }

  async findGroup(account: string, name: string): Promise<Group | undefined> {
    const [[row] = []] = await this.#reader.read(
      sql`SELECT ${columnsOf(groupsTable)} FROM groups WHERE account_id = ${account} AND group_name = ${name}`,
    );
    if (row === undefined) return undefined;
    const opened = openRow(groupsTable, row, (await this.#domain(account)).rowKey);
    return {
      account,
      name,
      groupId: String(opened.group_id),
      createdAt: new Date(Number(opened.created_at)),
      managedPolicies: list(opened.managed_policies),
      inlinePolicies: texts(opened.inline_policies),
      version: Number(opened.version),
    };
  }

  async findManagedPolicy(account: string, name: string): Promise<ManagedPolicy | undefined> {
    const [[row] = []] = await this.#reader.read(
      sql`SELECT ${columnsOf(managedPoliciesTable)} FROM managed_policies WHERE account_id = ${account} AND policy_name = ${name}`,
    );
    if (row === undefined) return undefined;
    const opened = openRow(managedPoliciesTable, row, (await this.#domain(account)).rowKey);
    return {
      account,
      name,
      policyId: String(opened.policy_id),
      createdAt: new Date(Number(opened.created_at)),
      document: String(opened.document),
      version: Number(opened.version),
    };
  }

  /** The secret of an access key of a user. */
  async openSecret(account: string, key: AccessKey): Promise<Buffer> {
    return (await this.#domain(account)).unwrap(secretIdentity(key.id), key.wrappedSecret);
  }

  /** The change that creates an account with its domain. */
  async insertAccount(
    account: Account,
  ): Promise<{ readonly domain: Domain; readonly change: Change }> {
    const { domain, change } = await this.#domains.findOrCreate(account.account, globalRegion);
    const row = {
      account_id: account.account,
      name: account.name,
      created_at: account.createdAt.getTime(),
      version: 1,
    };
    const write = insertRow(accountsTable, row, domain.rowKey);
    return { domain, change: joinChanges([change, { writes: [write], versions: [] }]) };
  }

  async #domain(account: string): Promise<Domain> {
    const domain = await this.#domains.find(account, globalRegion);
    if (domain === undefined)
      throw new IntegrityError(`the domain key of account ${account} is missing`);
    return domain;
  }
}

/** The change that creates a user with its access keys. */
export function insertUser(user: User, domain: Domain): Change {
  const keys = user.accessKeys.map((key) => ({
    access_key_id: key.id,
    account_id: user.account,
    user_name: user.name,
    created_at: key.createdAt.getTime(),
    status: key.status,
    wrapped_secret: key.wrappedSecret,
  }));
  const row = {
    account_id: user.account,
    user_name: user.name,
    user_id: user.userId,
    created_at: user.createdAt.getTime(),
    group_names: JSON.stringify(user.groups),
    managed_policies: JSON.stringify(user.managedPolicies),
    inline_policies: JSON.stringify(user.inlinePolicies),
    tags: JSON.stringify(user.tags),
    version: user.version,
    access_keys_digest: childrenDigest(
      keys.map((key) => rowMac(accessKeysTable, key, domain.rowKey)),
    ),
  };
  return {
    writes: [
      insertRow(usersTable, row, domain.rowKey),
      ...keys.map((key) => insertRow(accessKeysTable, key, domain.rowKey)),
    ],
    versions: [{ aggregate: aggregates.user(user.account, user.name), version: user.version }],
  };
}

export function insertGroup(group: Group, domain: Domain): Change {
  const row = {
    account_id: group.account,
    group_name: group.name,
    group_id: group.groupId,
    created_at: group.createdAt.getTime(),
    managed_policies: JSON.stringify(group.managedPolicies),
    inline_policies: JSON.stringify(group.inlinePolicies),
    version: group.version,
  };
  return {
    writes: [insertRow(groupsTable, row, domain.rowKey)],
    versions: [{ aggregate: aggregates.group(group.account, group.name), version: group.version }],
  };
}

export function insertManagedPolicy(policy: ManagedPolicy, domain: Domain): Change {
  const row = {
    account_id: policy.account,
    policy_name: policy.name,
    policy_id: policy.policyId,
    created_at: policy.createdAt.getTime(),
    document: policy.document,
    version: policy.version,
  };
  return {
    writes: [insertRow(managedPoliciesTable, row, domain.rowKey)],
    versions: [
      { aggregate: aggregates.policy(policy.account, policy.name), version: policy.version },
    ],
  };
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
  if (
    !equalBytes(user.access_keys_digest as Uint8Array, childrenDigest(keys.map((key) => key.mac)))
  )
    throw new IntegrityError(
      `the access keys of user ${String(user.user_name)} were changed outside the service`,
    );
  return {
    account: String(user.account_id),
    name: String(user.user_name),
    userId: String(user.user_id),
    createdAt: new Date(Number(user.created_at)),
    groups: list(user.group_names),
    managedPolicies: list(user.managed_policies),
    inlinePolicies: texts(user.inline_policies),
    tags: texts(user.tags),
    version: Number(user.version),
    accessKeys: keys.map((key) => ({
      id: String(key.access_key_id),
      createdAt: new Date(Number(key.created_at)),
      status: key.status === "Active" ? "Active" : "Inactive",
      wrappedSecret: key.wrapped_secret as Uint8Array,
    })),
  };
}

function list(json: unknown): readonly string[] {
  return JSON.parse(String(json)) as readonly string[];
}

function texts(json: unknown): Readonly<Record<string, string>> {
  const members = JSON.parse(String(json)) as Readonly<Record<string, string>>;
  return Object.assign(Object.create(null) as object, members);
}
