import type { Caller, Credential, Credentials } from "../../api/context.ts";
import type { CompiledPolicy } from "../../authorization/compile.ts";
import { compilePolicy } from "../../authorization/compile.ts";
import { parsePolicy } from "../../authorization/policy-document.ts";
import { parseArn } from "../../base/arn.ts";
import { IntegrityError } from "../../base/errors.ts";
import type { VersionRef } from "../../database/commit.ts";
import { awsManagedPolicies } from "./model/aws-managed-policies.ts";
import type { Attachments, User } from "./model/identity.ts";
import { userArn } from "./model/identity.ts";
import type { IdentityTables } from "./tables/identities.ts";
import { aggregates } from "./tables/identities.ts";

interface Gathered {
  readonly policies: readonly CompiledPolicy[];
  readonly versions: readonly VersionRef[];
}

/** Access keys with the callers they stand for, kept while nothing that they rest on changes. */
export class CredentialCache implements Credentials {
  readonly #tables: IdentityTables;
  readonly #capacity: number;
  readonly #known = new Map<string, Credential>();

  constructor(tables: IdentityTables, capacity = 10_000) {
    this.#tables = tables;
    this.#capacity = capacity;
  }

  async find(accessKeyId: string): Promise<Credential | undefined> {
    const known = this.#known.get(accessKeyId);
    if (known !== undefined) return known;
    const owner = await this.#tables.findAccessKeyOwner(accessKeyId);
    const user = owner && (await this.#tables.findUser(owner.account, owner.name));
    const key = user?.accessKeys.find((each) => each.id === accessKeyId);
    if (user === undefined || key?.status !== "Active") return undefined;
    const secret = await this.#tables.openSecret(user.account, key);
    const credential = { accessKeyId, secret, caller: await this.callerOf(user, accessKeyId) };
    const [oldest] = this.#known.keys();
    if (this.#known.size >= this.#capacity && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(accessKeyId, credential);
    return credential;
  }

  /** Drops what rests on an aggregate that has changed. */
  forget(aggregate: string): void {
    for (const [id, { caller }] of this.#known)
      if (caller.versions.some((version) => version.aggregate === aggregate))
        this.#known.delete(id);
  }

  /** Wipes all secret access keys, for the time when the deployment is sealed. */
  wipe(): void {
    for (const { secret } of this.#known.values()) secret.fill(0);
    this.#known.clear();
  }

  /** The caller that a user is, with all policies that speak for it. */
  async callerOf(user: User, accessKeyId: string): Promise<Caller> {
    const isRoot = user.name === "";
    const { policies, versions } = await this.#policiesOf(user);
    return {
      principal: {
        type: isRoot ? "Root" : "User",
        arn: userArn(user),
        account: user.account,
        userId: user.userId,
      },
      ...(isRoot ? {} : { userName: user.name }),
      accessKeyId,
      identityPolicies: policies,
      tags: user.tags,
      versions: [
        { aggregate: aggregates.user(user.account, user.name), version: user.version },
        ...versions,
      ],
    };
  }

  async #policiesOf(user: User): Promise<Gathered> {
    const own = await this.#attached(user.account, user);
    const groups = await Promise.all(user.groups.map((name) => this.#ofGroup(user.account, name)));
    const all = [own, ...groups];
    return {
      policies: all.flatMap((each) => each.policies),
      versions: all.flatMap((each) => each.versions),
    };
  }

  async #ofGroup(account: string, name: string): Promise<Gathered> {
    const group = await this.#tables.findGroup(account, name);
    if (group === undefined)
      throw new IntegrityError(`group ${name} of account ${account} is missing`);
    const { policies, versions } = await this.#attached(account, group);
    return {
      policies,
      versions: [
        { aggregate: aggregates.group(account, name), version: group.version },
        ...versions,
      ],
    };
  }

  async #attached(
    account: string,
    { managedPolicies, inlinePolicies }: Attachments,
  ): Promise<Gathered> {
    const managed = await Promise.all(managedPolicies.map((arn) => this.#managed(account, arn)));
    const inline = Object.entries(inlinePolicies).map(([name, document]) =>
      compile(document, name),
    );
    return {
      policies: [...inline, ...managed.flatMap((each) => each.policies)],
      versions: managed.flatMap((each) => each.versions),
    };
  }

  async #managed(account: string, arn: string): Promise<Gathered> {
    const known = awsManagedPolicies.get(arn);
    if (known !== undefined) return { policies: [compile(known, arn, arn)], versions: [] };
    const parsed = parseArn(arn);
    const name = parsed?.resource.split("/").at(-1) ?? "";
    const policy =
      parsed?.account === account ? await this.#tables.findManagedPolicy(account, name) : undefined;
    if (policy === undefined) throw new IntegrityError(`the attached policy ${arn} is missing`);
    return {
      policies: [compile(policy.document, arn, arn)],
      versions: [{ aggregate: aggregates.policy(account, name), version: policy.version }],
    };
  }
}

function compile(document: string, name: string, arn?: string): CompiledPolicy {
  return compilePolicy(parsePolicy(document, "identity"), {
    kind: "identity",
    name,
    ...(arn === undefined ? {} : { arn }),
  });
}
