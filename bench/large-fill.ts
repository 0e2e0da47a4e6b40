import { defaultKeyPolicy } from "../src/authorization/default-policies.ts";
import { formatPolicy } from "../src/authorization/policy-format.ts";
import type { Offline } from "../src/composition/offline.ts";
import { withOffline } from "../src/composition/offline.ts";
import type { Config } from "../src/config.ts";
import type { Change } from "../src/database/commit.ts";
import { Domains } from "../src/database/domains.ts";
import type { Domain } from "../src/keystore/domain.ts";
import { globalRegion } from "../src/keystore/domain.ts";
import { softwareKeyStore } from "../src/keystore/software.ts";
import type { User } from "../src/services/iam/model/identity.ts";
import { insertEntity } from "../src/services/iam/tables/changes.ts";
import { wrapSecret } from "../src/services/iam/tables/identities.ts";
import { newKey } from "../src/services/kms/create.ts";
import type { Grant, KmsKey } from "../src/services/kms/model/key.ts";
import { insertKey } from "../src/services/kms/tables/keys.ts";
import { account, region } from "./seed.ts";

/** How large an installation is made. */
export interface Sizes {
  readonly keys: number;
  /** Users with an access key each. */
  readonly principals: number;
  /** Grants of the key of the most grants. */
  readonly mostGrants: number;
}

const batchLength = 500;
const grantsOfHeavy = 100;
const largePolicy = 32 * 1024;

/** The name of the n-th key; every one has an alias and a grant. */
export function keyIdOf(index: number): string {
  return `${index.toString(16).padStart(8, "0")}-1111-4222-8333-444455556666`;
}

export const aliasOf = (index: number): string =>
  `alias/large-${index.toString(16).padStart(8, "0")}`;

/** Keys beside the others: with 100 grants and a policy of 32 KiB, and with the most grants. */
export const heavyKey = "ffffffff-1111-4222-8333-44445555aaaa";
export const grantedKey = "ffffffff-1111-4222-8333-44445555bbbb";

/** The access key of the n-th user. */
export function accessKeyOf(index: number): { readonly id: string; readonly secret: string } {
  const id = `AKIALARGE${String(index).padStart(11, "0")}`;
  return { id, secret: `${id}/not-for-real+use` };
}

/** The name of the n-th user; the first may retire all grants. */
export const userNameOf = (index: number): string => `large-${String(index).padStart(6, "0")}`;
const userIdOf = (index: number): string => `AIDALARGE${String(index).padStart(12, "0")}`;

/** Stores an installation of a size in a deployment that is stopped, by commits of the service's own writer. */
export async function fill(
  config: Config,
  sizes: Sizes,
  progress: (what: string, done: number) => void = () => undefined,
): Promise<void> {
  const now = (): Date => new Date();
  const ask = (): Promise<never> => Promise.reject(new Error("nobody is asked"));
  await withOffline(config, { now, ask }, async (offline) => {
    const { deployment, reader } = offline;
    const domains = new Domains(deployment.root, reader);
    const global = await domains.find(account, globalRegion);
    const domain = await domains.find(account, region);
    if (global === undefined || domain === undefined)
      throw new Error("the seed has no such domain");
    const users = (index: number): Change => insertEntity("user", userOf(index, global), global);
    await commitAll(offline, sizes.principals, users, (done) => progress("users", done));
    const make = keysOf(domain);
    const keys = async (index: number): Promise<Change> =>
      insertKey({
        ...(await make(keyIdOf(index))),
        aliases: [{ name: aliasOf(index), createdAt: now(), updatedAt: now() }],
        grants: [grantOf(index)],
      });
    await commitAll(offline, sizes.keys, keys, (done) => progress("keys", done));
    await commitAll(
      offline,
      1,
      async () => insertKey(await heavy(make)),
      () => undefined,
    );
    const granted = { ...(await make(grantedKey)), grants: grantsOf(sizes.mostGrants) };
    await commitAll(
      offline,
      1,
      () => insertKey(granted),
      () => undefined,
    );
  });
}

function userOf(index: number, domain: Domain): User {
  const { id, secret } = accessKeyOf(index);
  const document = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "kms:*", Resource: "*" },
  });
  return {
    account,
    name: userNameOf(index),
    path: "/",
    userId: userIdOf(index),
    createdAt: new Date(),
    groups: [],
    tags: {},
    version: 1,
    managedPolicies: [],
    inlinePolicies: { all: document },
    accessKeys: [
      {
        id,
        createdAt: new Date(),
        status: "Active",
        wrappedSecret: wrapSecret(domain, id, secret),
      },
    ],
  };
}

function keysOf(domain: Domain): (keyId: string) => Promise<KmsKey> {
  const keyStore = softwareKeyStore();
  const policy = formatPolicy(defaultKeyPolicy(account));
  return async (keyId) => {
    const material = await keyStore.generate(domain, keyId, "SYMMETRIC_DEFAULT");
    return newKey(material, { createdAt: new Date(), policy, description: "", tags: [] });
  };
}

async function heavy(make: (keyId: string) => Promise<KmsKey>): Promise<KmsKey> {
  const document = defaultKeyPolicy(account);
  const { Statement } = document;
  const filling = Statement.map((each) => ({
    ...each,
    Action: ["kms:DescribeKey"],
    Sid: "filling",
  }));
  const length = formatPolicy({ ...document, Statement: filling }).length;
  const all = Array.from({ length: Math.floor(largePolicy / length) }, () => filling).flat();
  const policy = formatPolicy({ ...document, Statement: [...Statement, ...all] });
  return { ...(await make(heavyKey)), policy, grants: grantsOf(grantsOfHeavy) };
}

function grantsOf(count: number): readonly Grant[] {
  return Array.from({ length: count }, (_, index) => grantOf(index));
}

function grantOf(index: number): Grant {
  return {
    grantId: index.toString(16).padStart(64, "0"),
    name: "",
    createdAt: new Date(),
    grantee: { principal: `AIDAGRANTEE${String(index).padStart(10, "0")}` },
    retiring: { principal: userIdOf(0) },
    issuingAccount: `arn:aws:iam::${account}:root`,
    operations: ["Decrypt", "Encrypt"],
  };
}

async function commitAll(
  { writer }: Offline,
  count: number,
  change: (index: number) => Change | Promise<Change>,
  progress: (done: number) => void,
): Promise<void> {
  for (let start = 0; start < count; start += batchLength) {
    const indexes = Array.from(
      { length: Math.min(batchLength, count - start) },
      (_, at) => start + at,
    );
    const changes = await Promise.all(indexes.map(async (index) => change(index)));
    const results = writer.commit(
      changes.map((each, id) => ({ id, commit: { relied: [], change: each, records: [] } })),
    );
    const refused = results.find((each) => "failed" in each || each.stale.length > 0);
    if (refused !== undefined) throw new Error(`not stored: ${JSON.stringify(refused)}`);
    progress(start + indexes.length);
  }
}
