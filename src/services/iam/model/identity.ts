import { iamArn } from "../../../base/arn.ts";

export interface Account {
  readonly account: string;
  readonly name: string;
  readonly createdAt: Date;
}

/** Policies attached to a user or group: ARNs of managed ones, and inline documents by name. */
export interface Attachments {
  readonly managedPolicies: readonly string[];
  readonly inlinePolicies: Readonly<Record<string, string>>;
}

export interface User extends Attachments {
  readonly account: string;
  /** Empty for the account's root user. */
  readonly name: string;
  readonly userId: string;
  readonly createdAt: Date;
  readonly groups: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly version: number;
  readonly accessKeys: readonly AccessKey[];
}

export interface AccessKey {
  readonly id: string;
  readonly createdAt: Date;
  readonly status: "Active" | "Inactive";
  readonly wrappedSecret: Uint8Array;
}

export interface Group extends Attachments {
  readonly account: string;
  readonly name: string;
  readonly groupId: string;
  readonly createdAt: Date;
  readonly version: number;
}

export interface ManagedPolicy {
  readonly account: string;
  readonly name: string;
  readonly policyId: string;
  readonly createdAt: Date;
  readonly document: string;
  readonly version: number;
}

/** The ARN of a user, or of the account's root user. */
export function userArn({ account, name }: Pick<User, "account" | "name">): string {
  return iamArn(account, name === "" ? "root" : `user/${name}`);
}
