import { serviceEvent } from "../api/service-event.ts";
import { defaultKeyPolicy } from "../authorization/default-policies.ts";
import { parsePolicy } from "../authorization/policy-document.ts";
import { formatPolicy } from "../authorization/policy-format.ts";
import { day } from "../base/clock.ts";
import { AwsError, OperatorError } from "../base/errors.ts";
import type {
  Seed,
  SeedAccessKey,
  SeedAccount,
  SeedGroup,
  SeedKey,
  SeedUser,
} from "../cli/seed.ts";
import { randomIds } from "../crypto/random.ts";
import type { Change } from "../database/commit.ts";
import { joinChanges } from "../database/commit.ts";
import type { Database } from "../database/database.ts";
import { Domains } from "../database/domains.ts";
import type { Domain } from "../keystore/domain.ts";
import type { RootKey } from "../keystore/root.ts";
import { softwareKeyStore } from "../keystore/software.ts";
import type { ManagedPolicy, User } from "../services/iam/model/identity.ts";
import { principalsFrom } from "../services/iam/principals.ts";
import { insertEntity } from "../services/iam/tables/changes.ts";
import { IdentityTables, wrapSecret } from "../services/iam/tables/identities.ts";
import { newKey } from "../services/kms/create.ts";
import { normalizeKeyPolicy } from "../services/kms/key-policy.ts";
import type { KmsKey } from "../services/kms/model/key.ts";
import { checkTags } from "../services/kms/model/tags.ts";
import { insertKey } from "../services/kms/tables/keys.ts";

/** Refuses a policy document of a seed; the message says what is wrong with it. */
export function checkSeedPolicy(document: string, kind: "key" | "identity"): void {
  parsePolicy(document, kind);
}

/**
 * Stores what a seed declares in a new database: identities of all accounts first, then the keys that name them. Returns the audit
 * records of the keys: nobody called for them, but where a key comes from must be on record.
 */
export async function applySeed(
  database: Database,
  root: RootKey,
  seed: Seed,
  now: Date,
): Promise<readonly string[]> {
  const domains = new Domains(root, database);
  const identities = new IdentityTables(database, domains);
  const records: string[] = [];
  for (const account of seed.accounts) {
    const { domain, change } = await identities.insertAccount({
      account: account.id,
      name: account.name ?? account.id,
      createdAt: now,
      version: 1,
    });
    await database.apply(joinChanges([change, ...accountChanges(account, domain, now)]).writes);
  }
  for (const account of seed.accounts)
    for (const seedKey of account.keys) {
      const { key, change } = await makeSeedKey(account.id, seedKey, domains, identities, now);
      await database.apply(change.writes);
      records.push(creationRecord(key, now));
    }
  return records;
}

const kms = { eventSource: "kms.amazonaws.com", thingType: "AWS::KMS::Key" };

function creationRecord(key: KmsKey, time: Date): string {
  const { keyId, spec: keySpec, usage: keyUsage, origin, region } = key;
  const tags = key.tags.map(({ TagKey, TagValue }) => ({ tagKey: TagKey, tagValue: TagValue }));
  const details = { keyId, keySpec, keyUsage, origin, tags };
  return serviceEvent({ name: "CreateKey", thing: key, details }, kms, { region, time }, randomIds);
}

function accountChanges(account: SeedAccount, domain: Domain, now: Date): readonly Change[] {
  const root: SeedUser = {
    name: "",
    groups: [],
    accessKeys: account.rootAccessKeys,
    managedPolicies: [],
    policies: [],
    tags: {},
  };
  return [
    ...account.policies.map(({ name, document }) => {
      const policyId = randomIds.unique("ANPA");
      const policy: ManagedPolicy = {
        account: account.id,
        name,
        path: "/",
        policyId,
        description: "",
        createdAt: now,
        updatedAt: now,
        tags: {},
        versions: [{ id: "v1", document, createdAt: now }],
        defaultVersionId: "v1",
        lastVersion: 1,
        version: randomIds.version(),
      };
      return insertEntity("policy", policy, domain);
    }),
    ...account.groups.map((group) =>
      insertEntity(
        "group",
        {
          account: account.id,
          name: group.name,
          path: "/",
          groupId: randomIds.unique("AGPA"),
          createdAt: now,
          version: randomIds.version(),
          ...attachments(group),
        },
        domain,
      ),
    ),
    ...[root, ...account.users].map((user) =>
      insertEntity("user", userOf(account.id, user, domain, now), domain),
    ),
  ];
}

function userOf(account: string, user: SeedUser, domain: Domain, now: Date): User {
  return {
    account,
    name: user.name,
    path: "/",
    userId: user.name === "" ? account : randomIds.unique("AIDA"),
    createdAt: now,
    groups: user.groups,
    tags: user.tags,
    version: randomIds.version(),
    ...attachments(user),
    accessKeys: user.accessKeys.map((key: SeedAccessKey) => ({
      id: key.id,
      createdAt: now,
      status: key.status,
      wrappedSecret: wrapSecret(domain, key.id, key.secret),
    })),
  };
}

function attachments({ managedPolicies, policies }: SeedGroup) {
  return {
    managedPolicies,
    inlinePolicies: Object.fromEntries(policies.map(({ name, document }) => [name, document])),
  };
}

async function makeSeedKey(
  account: string,
  seed: SeedKey,
  domains: Domains,
  identities: IdentityTables,
  now: Date,
): Promise<{ readonly key: KmsKey; readonly change: Change }> {
  const { domain, change } = await domains.findOrCreate(account, seed.region);
  const keyStore = softwareKeyStore();
  const material =
    seed.material === undefined
      ? await keyStore.generate(domain, seed.id, "SYMMETRIC_DEFAULT")
      : await keyStore.take(domain, seed.id, "SYMMETRIC_DEFAULT", Buffer.from(seed.material));
  const tags = Object.entries(seed.tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
  const policy = await refusing(seed.id, async () => {
    checkTags(tags);
    return seed.policy === undefined
      ? formatPolicy(defaultKeyPolicy(account))
      : normalizeKeyPolicy(seed.policy, principalsFrom(identities));
  });
  const key: KmsKey = {
    ...newKey(material ?? wrongMaterial(seed.id), {
      createdAt: now,
      policy,
      description: seed.description,
      tags,
    }),
    state: seed.enabled ? "Enabled" : "Disabled",
    ...rotationOf(seed, now),
    aliases: seed.aliases.map((name) => ({ name, createdAt: now, updatedAt: now })),
  };
  return { key, change: joinChanges([change, insertKey(key)]) };
}

function rotationOf(
  { rotationPeriodInDays: periodInDays }: SeedKey,
  now: Date,
): Pick<KmsKey, "rotation"> {
  if (periodInDays === undefined) return {};
  return { rotation: { periodInDays, nextDate: new Date(now.getTime() + periodInDays * day) } };
}

function wrongMaterial(keyId: string): never {
  throw new OperatorError(`the seed's key ${keyId} is refused: its material must be 32 bytes`);
}

async function refusing<T>(keyId: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof AwsError)) throw cause;
    throw new OperatorError(`the seed's key ${keyId} is refused: ${cause.message}`, { cause });
  }
}
