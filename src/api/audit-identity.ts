import type { AuditIdentity, WebIdentity } from "../audit/record.ts";
import type { JsonObject } from "../base/json.ts";
import type { Caller } from "./context.ts";
import type { Federation, Session } from "./sessions.ts";

const types = {
  Root: "Root",
  User: "IAMUser",
  AssumedRole: "AssumedRole",
  FederatedUser: "FederatedUser",
  Service: "AWSService",
} as const;

/** A caller as audit records name it. */
export function auditIdentity(caller: Caller): AuditIdentity | WebIdentity {
  const { principal, accessKeyId, userName, session, federation } = caller;
  if (federation !== undefined && session === undefined) return webIdentity(federation);
  return {
    type: types[principal.type],
    principalId: principal.userId,
    arn: principal.arn,
    account: principal.account,
    accessKeyId,
    ...(userName === undefined ? {} : { userName }),
    ...(session === undefined ? {} : { sessionContext: sessionContext(session, federation) }),
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
  { role, issuedAt, sourceIdentity }: Session,
  federation: Federation | undefined,
): JsonObject {
  return {
    ...(role === undefined ? {} : { sessionIssuer: sessionIssuer(role) }),
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
