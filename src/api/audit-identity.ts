import type { AuditIdentity, ServiceIdentity, WebIdentity } from "../audit/record.ts";
import type { JsonObject } from "../base/json.ts";
import type { CallContext, Caller } from "./context.ts";
import type { Federation, Session } from "./sessions.ts";

const types = {
  Root: "Root",
  User: "IAMUser",
  AssumedRole: "AssumedRole",
  FederatedUser: "FederatedUser",
} as const;

/** Of callers who came by themselves; a caller that changed is a new object. */
const known = new WeakMap<Caller, Identity>();

type Identity = AuditIdentity | WebIdentity | ServiceIdentity;

/** The caller of a context as audit records name it. */
export function auditIdentity({
  caller,
  invokedBy,
}: Pick<CallContext, "caller" | "invokedBy">): Identity {
  return invokedBy === undefined
    ? known.getOrInsertComputed(caller, identityOf)
    : identityOf(caller, invokedBy);
}

function identityOf(caller: Caller, invokedBy?: string): Identity {
  const { principal, accessKeyId, userName, session, federation } = caller;
  if (principal.type === "Service") return { type: "AWSService", invokedBy: principal.arn };
  if (federation !== undefined && session === undefined) return webIdentity(federation);
  return {
    type: types[principal.type],
    principalId: principal.userId,
    arn: principal.arn,
    account: principal.account,
    accessKeyId,
    ...(userName === undefined ? {} : { userName }),
    ...(session === undefined ? {} : { sessionContext: sessionContext(caller, session) }),
    ...(invokedBy === undefined ? {} : { invokedBy }),
  };
}

function webIdentity({ provider, issuer, audience, subject }: Federation): WebIdentity {
  return {
    type: "WebIdentityUser",
    principalId: `${issuer}:${audience}:${subject}`,
    userName: subject,
    identityProvider: provider,
  };
}

function sessionContext(
  { principal, federation }: Caller,
  { role, issuedAt, sourceIdentity }: Session,
): JsonObject {
  return {
    ...(role === undefined ? {} : { sessionIssuer: sessionIssuer(role) }),
    ...(principal.issuer === undefined
      ? {}
      : { sessionIssuer: userIssuer(principal.issuer, principal.account) }),
    ...(federation === undefined
      ? {}
      : { webIdFederationData: { federatedProvider: federation.provider, attributes: {} } }),
    attributes: {
      creationDate: `${issuedAt.toISOString().slice(0, 19)}Z`,
      mfaAuthenticated: "false",
    },
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
  };
}

function sessionIssuer({ id, arn, account, name }: NonNullable<Session["role"]>): JsonObject {
  return { type: "Role", principalId: id, arn, accountId: account, userName: name };
}

/** Of a federated user: several users may give out the same name. */
function userIssuer(
  { arn, userId }: NonNullable<Caller["principal"]["issuer"]>,
  account: string,
): JsonObject {
  const userName = arn.slice(arn.lastIndexOf("/") + 1);
  return { type: "IAMUser", principalId: userId, arn, accountId: account, userName };
}
