import type { Change, VersionRef, Write } from "../../../database/commit.ts";
import { joinChanges } from "../../../database/commit.ts";
import type { SealedRow, SealedTable } from "../../../database/sealed-row.ts";
import { deleteRow, insertRow, updateRow } from "../../../database/sealed-row.ts";
import type { Domain } from "../../../keystore/domain.ts";
import type { Account, Entities, Entity, EntityKind, User } from "../model/identity.ts";
import {
  accessKeyRow,
  accountRow,
  groupRow,
  policyRow,
  providerRow,
  roleRow,
  userRow,
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

/** The name of an entity's aggregate. */
export function aggregateOf(kind: EntityKind, { account, name }: Pick<Entity, "account" | "name">) {
  return `${kind}/${account}/${name}`;
}

/** The version of an account; one that never changed has none. */
export function accountVersion({ account, version }: Account): VersionRef {
  return { aggregate: `account/${account}`, version: version - 1 };
}

/** The change that replaces what is known of an account. */
export function replaceAccount(before: Account, next: Account, { rowKey }: Domain): Change {
  const after = { ...next, version: before.version + 1 };
  return {
    writes: [updateRow(accountsTable, accountRow(after), rowKey)],
    versions: [accountVersion(after)],
  };
}

/** The change that gives an entity another name: what was decided for the old one holds no more. */
export function renameEntity<K extends EntityKind>(
  kind: K,
  before: Entities[K],
  next: Entities[K],
  domain: Domain,
): Change {
  return joinChanges([deleteEntity(kind, before, domain), insertEntity(kind, next, domain)]);
}

/** What can be written about an entity: its row, and the rows of what belongs to it. */
interface Rows {
  readonly insert: (domain: Domain) => readonly Write[];
  readonly update: (domain: Domain) => readonly Write[];
  readonly remove: () => readonly Write[];
}

function rowsOf<C extends string>(
  table: SealedTable<C>,
  row: (rowKey: Uint8Array) => SealedRow<C>,
): Rows {
  return {
    insert: ({ rowKey }) => [insertRow(table, row(rowKey), rowKey)],
    update: ({ rowKey }) => [updateRow(table, row(rowKey), rowKey)],
    remove: () => [deleteRow(table, row(noKey))],
  };
}

/** Rows to be deleted are found by their primary key: their seal does not matter. */
const noKey = Buffer.alloc(32);

const entityRows: { readonly [K in EntityKind]: (entity: Entities[K]) => Rows } = {
  user: (user) => rowsOf(usersTable, (rowKey) => userRow(user, rowKey)),
  group: (group) => rowsOf(groupsTable, () => groupRow(group)),
  role: (role) => rowsOf(rolesTable, () => roleRow(role)),
  policy: (policy) => rowsOf(managedPoliciesTable, () => policyRow(policy)),
  provider: (provider) => rowsOf(providersTable, () => providerRow(provider)),
};

/** The change that creates an entity with all that belongs to it. */
export function insertEntity<K extends EntityKind>(
  kind: K,
  entity: Entities[K],
  domain: Domain,
): Change {
  return {
    writes: [
      ...entityRows[kind](entity).insert(domain),
      ...keyWrites(undefined, userOf(kind, entity), domain),
    ],
    versions: [{ aggregate: aggregateOf(kind, entity), version: entity.version }],
  };
}

/** The change that replaces an entity by its next state under the same name; the version counts up by itself. */
export function replaceEntity<K extends EntityKind>(
  kind: K,
  before: Entities[K],
  next: Entities[K],
  domain: Domain,
): Change {
  const after: Entities[K] = { ...next, version: before.version + 1 };
  return {
    writes: [
      ...keyWrites(userOf(kind, before), userOf(kind, after), domain),
      ...entityRows[kind](after).update(domain),
    ],
    versions: [{ aggregate: aggregateOf(kind, after), version: after.version }],
  };
}

/** The change that removes an entity with all that belongs to it. */
export function deleteEntity<K extends EntityKind>(
  kind: K,
  entity: Entities[K],
  domain: Domain,
): Change {
  return {
    writes: [
      ...keyWrites(userOf(kind, entity), undefined, domain),
      ...entityRows[kind](entity).remove(),
    ],
    versions: [{ aggregate: aggregateOf(kind, entity), version: 0 }],
  };
}

function userOf(kind: EntityKind, entity: Entities[EntityKind]): User | undefined {
  return kind === "user" ? (entity as User) : undefined;
}

/** Access keys are immutable: another object of the same id is a changed one. */
function keyWrites(
  before: User | undefined,
  after: User | undefined,
  { rowKey }: Domain,
): readonly Write[] {
  const moved = before?.name !== after?.name;
  const kept = new Set(moved ? [] : after?.accessKeys);
  const old = new Set(moved ? [] : before?.accessKeys);
  const removed = before?.accessKeys.filter((key) => !kept.has(key)) ?? [];
  const added = after?.accessKeys.filter((key) => !old.has(key)) ?? [];
  return [
    ...removed.map((key) => deleteRow(accessKeysTable, accessKeyRow(before ?? nobody, key))),
    ...added.map((key) => insertRow(accessKeysTable, accessKeyRow(after ?? nobody, key), rowKey)),
  ];
}

const nobody = { account: "", name: "" };
