/** What the engine is asked about: who, which action, which resource, and the values that conditions read. */

import { parseArn } from "../base/arn.ts";
import { isAccountId } from "./characters.ts";

/** Who calls. `arn` of a service principal is its host name, such as `s3.amazonaws.com`. */
export interface Principal {
  readonly type: "Root" | "User" | "AssumedRole" | "FederatedUser" | "Service";
  readonly arn: string;
  readonly account: string;
  readonly userId: string;
  /** Of an assumed-role session: the role. */
  readonly roleArn?: string;
  /** Of a federated user: the user whose permissions it got a part of. */
  readonly issuer?: { readonly arn: string; readonly userId: string };
}

/** The values of condition keys, by the key in lower case; a key that is absent, or has no value, is not in the request. */
export interface Conditions {
  get(key: string): readonly string[] | undefined;
}

/** The encryption context of a request or of a grant constraint. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** Grant constraints in AWS's names. */
export interface GrantConstraints {
  readonly EncryptionContextEquals?: EncryptionContext;
  readonly EncryptionContextSubset?: EncryptionContext;
  readonly SourceArn?: string;
}

/** How far a grant reaches. */
export interface GrantScope {
  readonly operations: readonly string[];
  readonly constraints?: GrantConstraints;
}

/** One question to the engine. */
export interface AuthorizationRequest {
  readonly principal: Principal;
  /** As AWS spells it, such as `kms:Decrypt`. */
  readonly action: string;
  /** An ARN, or `*` for operations without a resource. */
  readonly resource: string;
  /** The account that owns the resource; read from the ARN when absent. */
  readonly resourceAccount?: string;
  /** Whether the caller has a permissions boundary; `decide` sets it. */
  readonly bounded?: boolean;
  readonly conditions: Conditions;
  readonly encryptionContext?: EncryptionContext;
  /** The operation in the words of grants, such as `ReEncryptFrom`; absent when no grant can allow it. */
  readonly grantOperation?: string;
  /** Of CreateGrant: the grant to create, without which no grant can allow it. */
  readonly newGrant?: GrantScope;
}

/** The account that owns the resource of a request; undefined when neither the request nor the ARN says. */
export function ownerOf(request: AuthorizationRequest): string | undefined {
  if (request.resourceAccount !== undefined) return request.resourceAccount;
  const account = parseArn(request.resource)?.account;
  return account !== undefined && isAccountId(account) ? account : undefined;
}
