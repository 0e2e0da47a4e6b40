import type { CompiledPolicy } from "../authorization/compile.ts";
import type { VersionRef } from "../database/commit.ts";

/** The organization that an account belongs to. */
export interface Membership {
  /** As `o-exampleorgid`. */
  readonly id: string;
  /** Where the account is in the organization, as `o-exampleorgid/r-examplerootid/`. */
  readonly path: string;
  /** The account that created the organization. */
  readonly managementAccount: string;
  /** All accounts of the organization. */
  readonly accounts: ReadonlySet<string>;
}

/** What an organization says of an account, and the versions on which that rests. */
export interface AccountRails {
  /** Of an account that belongs to one. */
  readonly organization?: Membership;
  /** One list of service control policies for each level from the root to the account; undefined where none limit. */
  readonly serviceControl?: readonly (readonly CompiledPolicy[])[];
  readonly versions: readonly VersionRef[];
}

/** Asks the organization of an account what bounds all its principals. */
export interface GuardRails {
  guardRailsOf(account: string): Promise<AccountRails>;
}
