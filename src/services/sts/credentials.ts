import type { Caller, Credential, Credentials } from "../../api/context.ts";
import { KnownCallers } from "../../api/known-callers.ts";
import type { ConditionValues } from "../../api/operation.ts";
import type { Federation, Session, SessionIdentities, SessionRole } from "../../api/sessions.ts";
import type { CompiledPolicy } from "../../authorization/compile.ts";
import { compilePolicy } from "../../authorization/compile.ts";
import { parsePolicy } from "../../authorization/policy-document.ts";
import { AwsError } from "../../base/errors.ts";
import type { Soon } from "../../base/soon.ts";
import type { VersionRef } from "../../database/commit.ts";
import { federatedUserArn, sessionArn } from "./model/names.ts";
import { withTags } from "./model/tags.ts";
import type { OpenedSession, SessionContent } from "./session-token.ts";
import { openSessionToken } from "./session-token.ts";

interface Known {
  readonly token: string;
  readonly expiresAt: Date;
  readonly credential: Credential;
}

/** A token that is ours, with the access key that it belongs to. */
type Opened = OpenedSession & { readonly accessKeyId: string };

/**
 * Temporary credentials with the callers they stand for. The token says whose they are; whether there still is such a user or
 * role, and what it may do, is read as for any other credential and kept while nothing of it changes.
 */
export class SessionCredentials implements Credentials {
  readonly #identities: SessionIdentities;
  readonly #known: KnownCallers<Known>;

  constructor(identities: SessionIdentities, capacity = 10_000) {
    this.#identities = identities;
    this.#known = new KnownCallers(capacity);
  }

  find(accessKeyId: string, token: string | undefined, now: Date): Soon<Credential | undefined> {
    if (token === undefined) return undefined;
    const kept = this.#known.find(accessKeyId);
    if (kept?.token === token) return unexpired(kept, now);
    return this.#open(accessKeyId, token).then((opened) => {
      const credential = opened && unexpired(opened, now);
      if (opened !== undefined) this.#known.keep(accessKeyId, opened, opened.credential.caller);
      return credential;
    });
  }

  /** Drops what rests on an aggregate that has changed. */
  forget(aggregate: string): void {
    this.#known.forget(aggregate);
  }

  /** Wipes all secret access keys, for the time when the deployment is sealed, and returns whose they were. */
  wipe(): readonly Credential[] {
    const credentials = this.#known.clear().map(({ credential }) => credential);
    for (const { secret } of credentials) secret.fill(0);
    return credentials;
  }

  async #open(accessKeyId: string, token: string): Promise<Known | undefined> {
    const opened = await openSessionToken(token, accessKeyId, this.#identities);
    const caller = opened && (await this.#callerOf({ ...opened, accessKeyId }));
    if (opened === undefined || caller === undefined) return undefined;
    const { secret, content } = opened;
    const { expiresAt, kind } = content;
    return {
      token,
      expiresAt: new Date(expiresAt * 1000),
      credential: {
        accessKeyId,
        secret,
        caller,
        // AWS: credentials of GetSessionToken without MFA and of GetFederationToken cannot call IAM.
        ...(kind === "role" ? {} : { refusedBy: ["iam"] }),
      },
    };
  }

  /** The caller that a session is now; undefined when its role, its user or one of its policies has gone. */
  async #callerOf(opened: Opened): Promise<Caller | undefined> {
    const { account, accessKeyId, content } = opened;
    const limits = await this.#sessionPolicies(account, content);
    if (limits === undefined) return undefined;
    if (content.kind === "role") {
      const role = await this.#identities.findRoleById(content.owner);
      return role && limited(roleCaller(role, opened), limits);
    }
    const user = await this.#identities.findUserById(content.owner, accessKeyId);
    if (user === undefined) return undefined;
    const caller = { ...user, ...facts(content) };
    return content.kind === "user" ? caller : limited(federatedCaller(caller, content), limits);
  }

  async #sessionPolicies(
    account: string,
    { kind, policy, policyArns = [] }: SessionContent,
  ): Promise<SessionLimits | undefined> {
    const inline =
      policy === undefined
        ? []
        : [compilePolicy(parsePolicy(policy, "session"), { kind: "session", name: "inline" })];
    const managed = [];
    for (const arn of policyArns) {
      const found = await this.#identities.findSessionPolicy(account, arn);
      // What it denied is not known any more, so that nothing is allowed.
      if (found === undefined) return undefined;
      managed.push(found);
    }
    const policies = [...inline, ...managed.map((each) => each.policy)];
    const isLimited = policies.length > 0 || kind === "federated";
    return {
      session: isLimited ? policies : undefined,
      versions: managed.flatMap((each) => each.versions),
    };
  }
}

/** The credential of a session. Throws ExpiredTokenException. */
function unexpired({ credential, expiresAt }: Known, now: Date): Credential {
  if (now < expiresAt) return credential;
  throw new AwsError(
    "ExpiredTokenException",
    "The security token included in the request is expired",
  );
}

interface SessionLimits {
  readonly session: readonly CompiledPolicy[] | undefined;
  readonly versions: readonly VersionRef[];
}

function limited(caller: Caller, { session, versions }: SessionLimits): Caller {
  return {
    ...caller,
    ...(session === undefined ? {} : { limits: { ...caller.limits, session } }),
    versions: [...caller.versions, ...versions],
  };
}

function roleCaller(role: SessionRole, { accessKeyId, content }: Opened): Caller {
  const { name = "", tags = {} } = content;
  const { arn, account, id, identityPolicies, limits, organization, versions } = role;
  return {
    principal: {
      type: "AssumedRole",
      arn: sessionArn(role, name),
      account,
      userId: `${id}:${name}`,
      roleArn: arn,
    },
    accessKeyId,
    identityPolicies,
    ...(limits === undefined ? {} : { limits }),
    ...(organization === undefined ? {} : { organization }),
    tags: withTags(role.tags, tags),
    versions,
    ...facts(content, role),
  };
}

function federatedCaller({ userName: _user, ...user }: Caller, content: SessionContent): Caller {
  const { account } = user.principal;
  const { name = "", tags = {} } = content;
  return {
    ...user,
    principal: {
      type: "FederatedUser",
      arn: federatedUserArn(account, name),
      account,
      userId: `${account}:${name}`,
      ...(user.principal.type === "User"
        ? { issuer: { arn: user.principal.arn, userId: user.principal.userId } }
        : {}),
    },
    tags: withTags(user.tags, tags),
  };
}

/** What the token itself tells of a caller. */
function facts(
  { issuedAt, transitiveTags = {}, sourceIdentity, federation }: SessionContent,
  role?: SessionRole,
): Pick<Caller, "session" | "federation" | "conditions"> {
  const issued = new Date(issuedAt * 1000);
  const session: Session = {
    issuedAt: issued,
    transitiveTags,
    ...(role === undefined
      ? {}
      : { role: { arn: role.arn, account: role.account, id: role.id, name: role.name } }),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
  };
  return {
    session,
    ...(federation === undefined ? {} : { federation }),
    conditions: {
      "aws:TokenIssueTime": issued.toISOString(),
      // There are no MFA devices. A policy that denies sessions without one must find that.
      "aws:MultiFactorAuthPresent": false,
      "aws:SourceIdentity": sourceIdentity,
      ...(federation === undefined ? {} : federationConditions(federation)),
    },
  };
}

/** Condition keys of an identity token's claims, named as AWS does by the issuer's URL. */
export function federationConditions({
  provider,
  issuer,
  subject,
  audience,
}: Federation): ConditionValues {
  return {
    "aws:FederatedProvider": provider,
    [`${issuer}:sub`]: subject,
    [`${issuer}:aud`]: audience,
  };
}
