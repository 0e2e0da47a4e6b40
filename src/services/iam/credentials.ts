import type { Caller, Credential, Credentials } from "../../api/context.ts";
import type { GuardRails } from "../../api/guard-rails.ts";
import { KnownCallers } from "../../api/known-callers.ts";
import type { Standing } from "../../api/sessions.ts";
import type { CompiledPolicy, PolicySource } from "../../authorization/compile.ts";
import { compilePolicy } from "../../authorization/compile.ts";
import { parsePolicy } from "../../authorization/policy-document.ts";
import { parseArn } from "../../base/arn.ts";
import type { Soon } from "../../base/soon.ts";
import type { VersionRef } from "../../database/commit.ts";
import { awsManagedPolicies } from "./model/aws-managed-policies.ts";
import type { Attachments, Entities, Role, User } from "./model/identity.ts";
import { defaultDocument, entityArn, isServiceLinked, policyPlace } from "./model/identity.ts";
import { MissingPart, readWhole } from "./reading.ts";
import { aggregateOf } from "./tables/changes.ts";
import type { IdentityTables } from "./tables/identities.ts";

interface Gathered {
  readonly policies: readonly CompiledPolicy[];
  readonly versions: readonly VersionRef[];
}

/** What part a managed policy plays. */
type Managing = "identity" | "boundary" | "session";

interface Managed {
  readonly policy: CompiledPolicy;
  readonly versions: readonly VersionRef[];
}

/** Access keys with the callers they stand for, kept while nothing that they rest on changes. */
export class CredentialCache implements Credentials {
  readonly #tables: IdentityTables;
  readonly #guardRails: GuardRails;
  readonly #known: KnownCallers<Credential>;

  constructor(tables: IdentityTables, guardRails: GuardRails, capacity = 10_000) {
    this.#tables = tables;
    this.#guardRails = guardRails;
    this.#known = new KnownCallers(capacity);
  }

  find(accessKeyId: string): Soon<Credential | undefined> {
    return this.#known.find(accessKeyId) ?? this.#findStored(accessKeyId);
  }

  async #findStored(accessKeyId: string): Promise<Credential | undefined> {
    const credential = await readWhole(() => this.#read(accessKeyId));
    if (credential !== undefined) this.#known.keep(accessKeyId, credential, credential.caller);
    return credential;
  }

  /** Drops what rests on an aggregate that has changed. */
  forget(aggregate: string): void {
    this.#known.forget(aggregate);
  }

  /** Wipes all secret access keys, for the time when the deployment is sealed, and returns whose they were. */
  wipe(): readonly Credential[] {
    const credentials = this.#known.clear();
    for (const { secret } of credentials) secret.fill(0);
    return credentials;
  }

  async #read(accessKeyId: string): Promise<Credential | undefined> {
    const owner = await this.#tables.findAccessKeyOwner(accessKeyId);
    const user = owner && (await this.#tables.find("user", owner.account, owner.name));
    const key = user?.accessKeys.find((each) => each.id === accessKeyId);
    if (user === undefined || key?.status !== "Active") return undefined;
    const secret = await this.#tables.openSecret(user.account, key);
    return { accessKeyId, secret, caller: await this.callerOf(user, accessKeyId) };
  }

  /** The caller that a user is, with all policies that speak for it. Throws MissingPart. */
  async callerOf(user: User, accessKeyId: string): Promise<Caller> {
    const isRoot = user.name === "";
    return {
      principal: {
        type: isRoot ? "Root" : "User",
        arn: entityArn("user", user),
        account: user.account,
        userId: user.userId,
      },
      ...(isRoot ? {} : { userName: user.name }),
      accessKeyId,
      ...(await this.standingOf("user", user)),
    };
  }

  /** What a user or a role may do, by all policies that speak for it and by its account's organization. Throws MissingPart. */
  async standingOf<K extends "user" | "role">(kind: K, entity: Entities[K]): Promise<Standing> {
    const { account, boundary } = entity;
    const { policies, versions } = await this.#policiesOf(entity);
    const bounded =
      boundary === undefined ? undefined : await this.#managed(account, boundary, "boundary");
    const rails = await this.#guardRails.guardRailsOf(account);
    const { organization } = rails;
    // Service control policies do not limit the roles of services. Anybody may give a user such a path.
    const ofService = kind === "role" && isServiceLinked(entity);
    const serviceControl = ofService ? undefined : rails.serviceControl;
    const limits = {
      ...(bounded === undefined ? {} : { boundary: bounded.policy }),
      ...(serviceControl === undefined ? {} : { serviceControl }),
    };
    return {
      identityPolicies: policies,
      ...(Object.keys(limits).length === 0 ? {} : { limits }),
      tags: entity.tags,
      ...(organization === undefined ? {} : { organization }),
      versions: [
        { aggregate: aggregateOf(kind, entity), version: entity.version },
        ...versions,
        ...(bounded?.versions ?? []),
        ...rails.versions,
      ],
    };
  }

  async #policiesOf(entity: User | Role): Promise<Gathered> {
    const { account } = entity;
    const own = await this.#attached(account, entity);
    const names = "groups" in entity ? entity.groups : [];
    const groups = await Promise.all(names.map((name) => this.#ofGroup(account, name)));
    const all = [own, ...groups];
    return {
      policies: all.flatMap((each) => each.policies),
      versions: all.flatMap((each) => each.versions),
    };
  }

  async #ofGroup(account: string, name: string): Promise<Gathered> {
    const group = await this.#tables.find("group", account, name);
    if (group === undefined)
      throw new MissingPart(`group ${name} of account ${account} is missing`);
    const { policies, versions } = await this.#attached(account, group);
    return {
      policies,
      versions: [{ aggregate: aggregateOf("group", group), version: group.version }, ...versions],
    };
  }

  async #attached(
    account: string,
    { managedPolicies, inlinePolicies }: Attachments,
  ): Promise<Gathered> {
    const managed = await Promise.all(managedPolicies.map((arn) => this.#managed(account, arn)));
    const inline = Object.entries(inlinePolicies).map(([name, document]) =>
      compile(document, { kind: "identity", name }),
    );
    return {
      policies: [...inline, ...managed.map((each) => each.policy)],
      versions: managed.flatMap((each) => each.versions),
    };
  }

  async #managed(account: string, arn: string, kind?: Managing): Promise<Managed> {
    const managed = await this.findManaged(account, arn, kind);
    if (managed === undefined) throw new MissingPart(`the attached policy ${arn} is missing`);
    return managed;
  }

  /** A managed policy of an account or of AWS, and the versions on which it rests; undefined when there is none. */
  async findManaged(
    account: string,
    arn: string,
    kind: Managing = "identity",
  ): Promise<Managed | undefined> {
    const known = awsManagedPolicies.get(arn);
    if (known !== undefined)
      return { policy: compile(known, { kind, name: arn, arn }), versions: [] };
    const owner = parseArn(arn)?.account;
    const { name } = policyPlace(arn);
    const policy = owner === account ? await this.#tables.find("policy", account, name) : undefined;
    if (policy === undefined || entityArn("policy", policy) !== arn) return undefined;
    return {
      policy: compile(defaultDocument(policy), { kind, name: arn, arn }),
      versions: [{ aggregate: aggregateOf("policy", policy), version: policy.version }],
    };
  }
}

function compile(document: string, source: PolicySource): CompiledPolicy {
  return compilePolicy(parsePolicy(document, "identity"), source);
}
