import { iamArn, parseArn } from "../../../base/arn.ts";
import type { PasswordPolicy } from "./password-policy.ts";

export interface Account {
  readonly account: string;
  readonly name: string;
  readonly createdAt: Date;
  /** Name of the account in sign-in addresses. */
  readonly alias?: string;
  readonly passwordPolicy?: PasswordPolicy;
  /** 1 for an account as it was made. */
  readonly version: number;
}

/** Policies attached to a user, group or role: ARNs of managed ones, and inline documents by name. */
export interface Attachments {
  readonly managedPolicies: readonly string[];
  readonly inlinePolicies: Readonly<Record<string, string>>;
}

/**
 * What all entities of IAM have. `version` starts at a random number, so that nothing that was decided for an entity holds for
 * another one that got its name.
 */
export interface Entity {
  readonly account: string;
  readonly name: string;
  /** Begins and ends with a slash. */
  readonly path: string;
  readonly createdAt: Date;
  readonly version: number;
}

type Tags = Readonly<Record<string, string>>;

export interface User extends Entity, Attachments {
  /** `name` is empty for the account's root user. */
  readonly userId: string;
  readonly groups: readonly string[];
  readonly tags: Tags;
  /** ARN of the managed policy that bounds what identity policies may allow. */
  readonly boundary?: string;
  readonly login?: LoginProfile;
  readonly accessKeys: readonly AccessKey[];
}

/** A password for the console. */
export interface LoginProfile {
  /** Argon2id in PHC string format, wrapped under the account's key. */
  readonly wrappedHash: Uint8Array;
  readonly createdAt: Date;
  /** When the password was set. */
  readonly changedAt: Date;
  readonly resetRequired: boolean;
  /** Wrapped hashes of the passwords before, newest first: as many as the account's policy forbids to use again. */
  readonly earlier: readonly Uint8Array[];
}

export interface AccessKey {
  readonly id: string;
  readonly createdAt: Date;
  readonly status: "Active" | "Inactive";
  readonly wrappedSecret: Uint8Array;
}

export interface Group extends Entity, Attachments {
  readonly groupId: string;
}

export interface Role extends Entity, Attachments {
  readonly roleId: string;
  /** JSON text: who may assume the role. */
  readonly trustPolicy: string;
  readonly description: string;
  /** Seconds. */
  readonly maxSessionDuration: number;
  readonly tags: Tags;
  readonly boundary?: string;
}

export interface ManagedPolicy extends Entity {
  readonly policyId: string;
  readonly description: string;
  readonly updatedAt: Date;
  readonly tags: Tags;
  /** Oldest first; at most five. */
  readonly versions: readonly PolicyVersion[];
  readonly defaultVersionId: string;
  /** The number of the newest version that there ever was. */
  readonly lastVersion: number;
}

export interface PolicyVersion {
  /** `v1`, `v2`, …; a number is never used again. */
  readonly id: string;
  readonly document: string;
  readonly createdAt: Date;
}

/** An issuer of OpenID Connect tokens. `name` is its URL without `https://`. */
export interface OidcProvider extends Entity {
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
  readonly tags: Tags;
}

/** The kinds of entities and what each is. */
export interface Entities {
  readonly user: User;
  readonly group: Group;
  readonly role: Role;
  readonly policy: ManagedPolicy;
  readonly provider: OidcProvider;
}
export type EntityKind = keyof Entities;

const resourceTypes: Readonly<Record<EntityKind, string>> = {
  user: "user",
  group: "group",
  role: "role",
  policy: "policy",
  provider: "oidc-provider",
};

/** The ARN of an entity, or of an account's root user. */
export function entityArn(
  kind: EntityKind,
  { account, name, path = "/" }: { account: string; name: string; path?: string },
): string {
  if (kind === "user" && name === "") return iamArn(account, "root");
  return iamArn(account, `${resourceTypes[kind]}${path}${name}`);
}

/** The unique id of a user or role, which no other one ever gets. */
export function uniqueIdOf(entity: User | Role): string {
  return "userId" in entity ? entity.userId : entity.roleId;
}

const serviceRoles = "/aws-service-role/";

/** Whether an entity belongs to a service, which alone may change it. */
export function isServiceLinked({ path }: Pick<Entity, "path">): boolean {
  return path.startsWith(serviceRoles);
}

/** The name and path of the managed policy that an ARN names. */
export function policyPlace(arn: string): { readonly name: string; readonly path: string } {
  const resource = parseArn(arn)?.resource ?? "";
  const [, path = "", name = ""] = /^policy(\/.*?)([^/]*)$/.exec(resource) ?? [];
  return { name, path };
}

/** The document of a managed policy that is in force. Throws TypeError when it names a version that is not there. */
export function defaultDocument({ versions, defaultVersionId, name }: ManagedPolicy): string {
  const current = versions.find(({ id }) => id === defaultVersionId);
  if (current === undefined) throw new TypeError(`policy ${name} has no default version`);
  return current.document;
}
