import type { Caller } from "../api/context.ts";
import { compilePolicy } from "../authorization/compile.ts";
import { parsePolicy } from "../authorization/policy-document.ts";
import { iamArn, parseArn } from "../base/arn.ts";
import { AwsError, OperatorError } from "../base/errors.ts";
import type { Role, User } from "../services/iam/model/identity.ts";
import { entityArn } from "../services/iam/model/identity.ts";
import { findPrincipal } from "../services/iam/principals.ts";
import { sessionArn } from "../services/sts/model/names.ts";
import type { Services } from "./services.ts";

/** The name of a session that a role's ARN stands for. */
const anySession = "explained";

/** The caller that an ARN names: a user, an account's root, a role's session, or a role for any session of it. Throws OperatorError. */
export async function findCaller(
  principal: string,
  sessionPolicy: string | undefined,
  services: Services,
): Promise<Caller> {
  const { account = "", resource = "" } = parseArn(principal) ?? {};
  const [, name, session = anySession] = /^assumed-role\/([^/]+)\/([^/]+)$/.exec(resource) ?? [];
  const found: User | Role | undefined =
    name === undefined
      ? await findEntity(principal, services)
      : await services.identities.find("role", account, name);
  if (found === undefined)
    throw new OperatorError(`there is no principal ${principal} in this deployment`);
  if ("roleId" in found) return sessionOf(found, session, sessionPolicy, services);
  if (sessionPolicy !== undefined)
    throw new OperatorError("--session-policy is for sessions of roles");
  return services.credentials.callerOf(found, "");
}

async function findEntity(
  principal: string,
  { identities }: Services,
): Promise<User | Role | undefined> {
  const { account = "" } = parseArn(principal) ?? {};
  if (principal === iamArn(account, "root")) return identities.find("user", account, "");
  return findPrincipal(principal, identities);
}

async function sessionOf(
  role: Role,
  session: string,
  policy: string | undefined,
  { credentials }: Services,
): Promise<Caller> {
  const { limits, ...standing } = await credentials.standingOf("role", role);
  const narrowed = policy === undefined ? {} : { session: [readSessionPolicy(policy)] };
  return {
    principal: {
      type: "AssumedRole",
      arn: sessionArn(role, session),
      account: role.account,
      userId: `${role.roleId}:${session}`,
      roleArn: entityArn("role", role),
    },
    accessKeyId: "",
    ...standing,
    limits: { ...limits, ...narrowed },
  };
}

function readSessionPolicy(text: string) {
  try {
    return compilePolicy(parsePolicy(text, "session"), { kind: "session", name: "inline" });
  } catch (cause) {
    if (!(cause instanceof AwsError)) throw cause;
    throw new OperatorError(`--session-policy: ${cause.message}`, { cause });
  }
}
