import type { Change } from "../database/commit.ts";

/** An account that an organization creates. */
export interface NewAccount {
  readonly account: string;
  readonly name: string;
  readonly createdAt: Date;
  /** The role through which another account's principals get in, as administrators. */
  readonly role: { readonly name: string; readonly trusts: string };
}

/** What those who group accounts ask of those who keep them. */
export interface Accounts {
  /** The name of an account; undefined when there is none. */
  nameOf(account: string): Promise<string | undefined>;
  /** The change that creates an account. */
  create(account: NewAccount): Promise<Change>;
}
