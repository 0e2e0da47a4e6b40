import type { CompiledPolicy } from "../authorization/compile.ts";
import type { VersionRef } from "../database/commit.ts";
import type { Domain } from "../keystore/domain.ts";
import type { Caller } from "./context.ts";

/** What temporary credentials say beside whose they are. */
export interface Session {
  readonly issuedAt: Date;
  /** The role that was assumed; undefined for a user's own session. */
  readonly role?: Pick<SessionRole, "arn" | "account" | "id" | "name">;
  readonly sourceIdentity?: string;
  /** The session's tags that the sessions it starts have, too. */
  readonly transitiveTags: Readonly<Record<string, string>>;
}

/** Whom an issuer of identity tokens vouched for. */
export interface Federation {
  /** ARN of the provider. */
  readonly provider: string;
  /** The issuer as condition keys name it: its URL without `https://`. */
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  /** Session tags that the token asks for. */
  readonly tags?: {
    readonly Tags: readonly { readonly Key: string; readonly Value: string }[];
    readonly TransitiveTagKeys: readonly string[];
  };
  readonly sourceIdentity?: string;
}

/** What a user or a role may do as of now, and the versions on which that rests. */
export type Standing = Pick<
  Caller,
  "identityPolicies" | "limits" | "tags" | "organization" | "versions"
>;

/** A role that sessions are of. */
export interface SessionRole extends Standing {
  readonly arn: string;
  readonly account: string;
  readonly id: string;
  readonly name: string;
  readonly trust: CompiledPolicy;
  /** Seconds. */
  readonly longestSession: number;
  /** Of the role itself. */
  readonly version: VersionRef;
}

/** An issuer of identity tokens that an account trusts. */
export interface IdentityProvider {
  readonly arn: string;
  readonly clientIds: readonly string[];
  readonly version: VersionRef;
}

/** A managed policy that limits sessions. */
export interface SessionPolicy {
  readonly policy: CompiledPolicy;
  readonly versions: readonly VersionRef[];
}

/** What those who hand out sessions ask about identities. */
export interface SessionIdentities {
  findRole(arn: string): Promise<SessionRole | undefined>;
  findRoleById(id: string): Promise<SessionRole | undefined>;
  /** The caller that a user, or an account's root user, is with an access key. */
  findUserById(id: string, accessKeyId: string): Promise<Caller | undefined>;
  /** A managed policy of an account or of AWS. */
  findSessionPolicy(account: string, arn: string): Promise<SessionPolicy | undefined>;
  /** By URL without `https://`. */
  findProvider(account: string, url: string): Promise<IdentityProvider | undefined>;
  /** The account whose access key it is. */
  findAccessKeyAccount(id: string): Promise<string | undefined>;
  /** The keys of an account's identities; undefined when there is no such account. */
  findDomain(account: string): Promise<Domain | undefined>;
}
