import type { OpenedRow, SealedRow, SealedTable } from "../../../database/sealed-row.ts";
import { childrenDigest, rowMac } from "../../../database/sealed-row.ts";
import type {
  AccessKey,
  Account,
  Entity,
  Group,
  LoginProfile,
  ManagedPolicy,
  OidcProvider,
  PolicyVersion,
  Role,
  User,
} from "../model/identity.ts";
import { defaultDocument } from "../model/identity.ts";
import type { PasswordPolicy } from "../model/password-policy.ts";
import type {
  accountsTable,
  groupsTable,
  managedPoliciesTable,
  providersTable,
  rolesTable,
  usersTable,
} from "./schema.ts";
import { accessKeysTable } from "./schema.ts";

/** Between rows and the model: nothing is decided here. Lists, tags and documents are JSON text, moments epoch milliseconds. */
type ColumnsOf<T> = T extends SealedTable<infer C> ? C : never;
type RowOf<T> = SealedRow<ColumnsOf<T>>;
type Opened<T> = OpenedRow<ColumnsOf<T>>;

export function accountRow(account: Account): RowOf<typeof accountsTable> {
  return {
    account_id: account.account,
    name: account.name,
    created_at: account.createdAt.getTime(),
    version: account.version,
    alias: account.alias ?? null,
    password_policy:
      account.passwordPolicy === undefined ? null : JSON.stringify(account.passwordPolicy),
  };
}

export function accountFromRow(row: Opened<typeof accountsTable>): Account {
  return {
    account: String(row.account_id),
    name: String(row.name),
    createdAt: dateOf(row.created_at),
    ...(row.alias === null ? {} : { alias: String(row.alias) }),
    ...(row.password_policy === null
      ? {}
      : { passwordPolicy: JSON.parse(String(row.password_policy)) as PasswordPolicy }),
    version: Number(row.version),
  };
}

export function userRow(user: User, rowKey: Uint8Array): RowOf<typeof usersTable> {
  const macs = user.accessKeys.map((key) =>
    rowMac(accessKeysTable, accessKeyRow(user, key), rowKey),
  );
  return {
    account_id: user.account,
    user_name: user.name,
    user_id: user.userId,
    created_at: user.createdAt.getTime(),
    group_names: JSON.stringify(user.groups),
    managed_policies: JSON.stringify(user.managedPolicies),
    inline_policies: JSON.stringify(user.inlinePolicies),
    tags: JSON.stringify(user.tags),
    version: user.version,
    access_keys_digest: childrenDigest(macs),
    path: pathColumn(user),
    boundary: user.boundary ?? null,
    ...loginColumns(user.login),
  };
}

function loginColumns(login: LoginProfile | undefined) {
  if (login === undefined)
    return {
      password_hash: null,
      password_created_at: null,
      password_reset: null,
      password_changed_at: null,
      earlier_passwords: null,
    };
  const earlier = login.earlier.map((hash) => Buffer.from(hash).toString("base64"));
  return {
    password_hash: login.wrappedHash,
    password_created_at: login.createdAt.getTime(),
    password_reset: Number(login.resetRequired),
    password_changed_at: login.changedAt.getTime(),
    earlier_passwords: earlier.length === 0 ? null : JSON.stringify(earlier),
  };
}

function loginFrom(row: Opened<typeof usersTable>): LoginProfile {
  const createdAt = dateOf(row.password_created_at);
  return {
    wrappedHash: row.password_hash as Uint8Array,
    createdAt,
    changedAt: row.password_changed_at === null ? createdAt : dateOf(row.password_changed_at),
    resetRequired: Number(row.password_reset) === 1,
    earlier: list(row.earlier_passwords ?? "[]").map((text) => Buffer.from(text, "base64")),
  };
}

/** The columns of a user; its access keys are added by the reader. */
export function userFromRow(row: Opened<typeof usersTable>): Omit<User, "accessKeys"> {
  return {
    account: String(row.account_id),
    name: String(row.user_name),
    path: pathOf(row.path),
    userId: String(row.user_id),
    createdAt: dateOf(row.created_at),
    groups: list(row.group_names),
    managedPolicies: list(row.managed_policies),
    inlinePolicies: texts(row.inline_policies),
    tags: texts(row.tags),
    ...(row.boundary === null ? {} : { boundary: String(row.boundary) }),
    ...(row.password_hash === null ? {} : { login: loginFrom(row) }),
    version: Number(row.version),
  };
}

export function accessKeyRow(
  { account, name }: Pick<User, "account" | "name">,
  key: AccessKey,
): RowOf<typeof accessKeysTable> {
  return {
    access_key_id: key.id,
    account_id: account,
    user_name: name,
    created_at: key.createdAt.getTime(),
    status: key.status,
    wrapped_secret: key.wrappedSecret,
  };
}

export function accessKeyFromRow(row: Opened<typeof accessKeysTable>): AccessKey {
  return {
    id: String(row.access_key_id),
    createdAt: dateOf(row.created_at),
    status: row.status === "Active" ? "Active" : "Inactive",
    wrappedSecret: row.wrapped_secret as Uint8Array,
  };
}

export function groupRow(group: Group): RowOf<typeof groupsTable> {
  return {
    account_id: group.account,
    group_name: group.name,
    group_id: group.groupId,
    created_at: group.createdAt.getTime(),
    managed_policies: JSON.stringify(group.managedPolicies),
    inline_policies: JSON.stringify(group.inlinePolicies),
    version: group.version,
    path: pathColumn(group),
  };
}

export function groupFromRow(row: Opened<typeof groupsTable>): Group {
  return {
    account: String(row.account_id),
    name: String(row.group_name),
    path: pathOf(row.path),
    groupId: String(row.group_id),
    createdAt: dateOf(row.created_at),
    managedPolicies: list(row.managed_policies),
    inlinePolicies: texts(row.inline_policies),
    version: Number(row.version),
  };
}

export function roleRow(role: Role): RowOf<typeof rolesTable> {
  return {
    account_id: role.account,
    role_name: role.name,
    role_id: role.roleId,
    path: role.path,
    created_at: role.createdAt.getTime(),
    trust_policy: role.trustPolicy,
    description: role.description,
    max_session: role.maxSessionDuration,
    managed_policies: JSON.stringify(role.managedPolicies),
    inline_policies: JSON.stringify(role.inlinePolicies),
    tags: JSON.stringify(role.tags),
    boundary: role.boundary ?? null,
    version: role.version,
  };
}

export function roleFromRow(row: Opened<typeof rolesTable>): Role {
  return {
    account: String(row.account_id),
    name: String(row.role_name),
    path: String(row.path),
    roleId: String(row.role_id),
    createdAt: dateOf(row.created_at),
    trustPolicy: String(row.trust_policy),
    description: String(row.description),
    maxSessionDuration: Number(row.max_session),
    managedPolicies: list(row.managed_policies),
    inlinePolicies: texts(row.inline_policies),
    tags: texts(row.tags),
    ...(row.boundary === null ? {} : { boundary: String(row.boundary) }),
    version: Number(row.version),
  };
}

export function policyRow(policy: ManagedPolicy): RowOf<typeof managedPoliciesTable> {
  const versions = policy.versions.map(({ id, document, createdAt }) => ({
    id,
    createdAt: createdAt.getTime(),
    ...(id === policy.defaultVersionId ? {} : { document }),
  }));
  return {
    account_id: policy.account,
    policy_name: policy.name,
    policy_id: policy.policyId,
    created_at: policy.createdAt.getTime(),
    document: defaultDocument(policy),
    version: policy.version,
    path: pathColumn(policy),
    description: policy.description === "" ? null : policy.description,
    updated_at: policy.updatedAt.getTime(),
    tags: JSON.stringify(policy.tags),
    default_version: policy.defaultVersionId,
    last_version: policy.lastVersion,
    versions: JSON.stringify(versions),
  };
}

/** Policies from before there were versions have one. */
export function policyFromRow(row: Opened<typeof managedPoliciesTable>): ManagedPolicy {
  const createdAt = dateOf(row.created_at);
  const document = String(row.document);
  return {
    account: String(row.account_id),
    name: String(row.policy_name),
    path: pathOf(row.path),
    policyId: String(row.policy_id),
    description: row.description === null ? "" : String(row.description),
    createdAt,
    updatedAt: row.updated_at === null ? createdAt : dateOf(row.updated_at),
    tags: texts(row.tags ?? "{}"),
    versions:
      row.versions === null
        ? [{ id: "v1", document, createdAt }]
        : versionsFrom(String(row.versions), document),
    defaultVersionId: String(row.default_version ?? "v1"),
    lastVersion: Number(row.last_version ?? 1),
    version: Number(row.version),
  };
}

function versionsFrom(json: string, defaultText: string): readonly PolicyVersion[] {
  const stored = JSON.parse(json) as readonly {
    readonly id: string;
    readonly createdAt: number;
    readonly document?: string;
  }[];
  return stored.map(({ id, createdAt, document = defaultText }) => ({
    id,
    document,
    createdAt: dateOf(createdAt),
  }));
}

export function providerRow(provider: OidcProvider): RowOf<typeof providersTable> {
  return {
    account_id: provider.account,
    url: provider.name,
    created_at: provider.createdAt.getTime(),
    client_ids: JSON.stringify(provider.clientIds),
    thumbprints: JSON.stringify(provider.thumbprints),
    tags: JSON.stringify(provider.tags),
    version: provider.version,
  };
}

export function providerFromRow(row: Opened<typeof providersTable>): OidcProvider {
  return {
    account: String(row.account_id),
    name: String(row.url),
    path: "/",
    createdAt: dateOf(row.created_at),
    clientIds: list(row.client_ids),
    thumbprints: list(row.thumbprints),
    tags: texts(row.tags),
    version: Number(row.version),
  };
}

const pathColumn = ({ path }: Pick<Entity, "path">): string | null => (path === "/" ? null : path);
const pathOf = (column: unknown): string => (column === null ? "/" : String(column));

function list(json: unknown): readonly string[] {
  return JSON.parse(String(json)) as readonly string[];
}

function texts(json: unknown): Readonly<Record<string, string>> {
  const members = JSON.parse(String(json)) as Readonly<Record<string, string>>;
  return Object.assign(Object.create(null) as object, members);
}

function dateOf(value: unknown): Date {
  return new Date(Number(value));
}
