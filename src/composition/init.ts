import { basename } from "node:path";
import { OperatorError } from "../base/errors.ts";
import type { Findings, Io } from "../cli/commands.ts";
import type { Seed, SeedAccessKey, SeedAccount } from "../cli/seed.ts";
import { parseSeed } from "../cli/seed.ts";
import type { Config } from "../config.ts";
import { readOperatorFile } from "../config-file.ts";
import { randomBytes, randomIds } from "../crypto/random.ts";
import { lockFolder } from "../database/lock.ts";
import type { RootSourceKind } from "../keystore/root/source.ts";
import type { DataFolder } from "./data-folder.ts";
import { createFolder, dataFolder, isInitialized } from "./data-folder.ts";
import { buildDeployment } from "./deployment.ts";
import { profileCommands, writeAwsConfig, writeAwsCredentials } from "./profile.ts";
import { shareFacts } from "./root-admin.ts";
import { checkSeedPolicy } from "./seed.ts";

const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";

/** Creates the data folder with root key, database and AWS profile. Throws OperatorError when a deployment is there already. */
export async function initialize(config: Config, io: Io): Promise<Findings> {
  const folder = dataFolder(config);
  requireNew(folder);
  const seed =
    config.seed === undefined
      ? freshSeed()
      : parseSeed(readOperatorFile(config.seed), config.seed, checkSeedPolicy);
  createFolder(folder, [
    basename(config.rootKeyFile),
    basename(folder.lock),
    basename(folder.journal),
    `${basename(folder.journal)}.new`,
    ...["", "-wal", "-shm"].map((suffix) => `${basename(folder.database)}.new${suffix}`),
    "aws",
  ]);
  const [account] = seed.accounts;
  const key = account && profileKey(account);
  let shares: readonly string[];
  const lock = lockFolder(folder.lock, folder.folder);
  try {
    requireNew(folder);
    // Before the deployment stands: after a crash in between, `init` begins anew and no administrator's secret is lost.
    if (key !== undefined) writeAwsCredentials(folder, key.id, key.secret);
    writeAwsConfig(folder, config, listenUrl(config));
    shares = await buildDeployment(config, folder, seed, io.clock(), io.ask);
  } finally {
    lock.release();
  }
  return {
    facts: [
      ["data folder", folder.folder],
      ["root key", rootFact(config)],
      ...seed.accounts.map((each) => ["account", `${each.id}${described(each)}`] as const),
      ...(key === undefined
        ? []
        : [["AWS profile", `keywright, with access key ${key.id}`] as const]),
      ...profileCommands(folder).map(
        (line, index) => [index === 0 ? "to use it" : "", line] as const,
      ),
      ...shareFacts(shares),
    ],
    problems: [],
  };
}

/** What opens the root key from now on, and what to do about it. */
function rootFact({ rootKeyFile, root: { named, shares } }: Config): string {
  const advice: Readonly<Record<RootSourceKind, string>> = {
    file: `${rootKeyFile} (back it up: without it no key can be used)`,
    passphrase: "your passphrase (nobody can recover it)",
    shares: `any ${shares?.threshold} of the ${shares?.count} shares below (they are shown only now: one to each person)`,
    token: "the PKCS#11 token (its key cannot leave it: back the token up)",
    kms: "the key of the other KMS (never delete it)",
  };
  return named.map((kind) => advice[kind]).join("; or ");
}

function requireNew(folder: DataFolder): void {
  if (isInitialized(folder))
    throw new OperatorError(
      `${folder.folder} holds a deployment already: start it with \`keywright serve\``,
    );
}

/** One account with a random id, and an administrator with an access key. */
function freshSeed(): Seed {
  const id = randomIds.account();
  const accessKey: SeedAccessKey = {
    id: randomIds.unique("AKIA").slice(0, 20),
    secret: randomBytes(30).toString("base64"),
    status: "Active",
  };
  const admin = {
    name: "admin",
    groups: [],
    accessKeys: [accessKey],
    managedPolicies: [administrator],
    policies: [],
    tags: {},
  };
  return {
    accounts: [
      {
        id,
        name: undefined,
        policies: [],
        groups: [],
        users: [admin],
        rootAccessKeys: [],
        keys: [],
      },
    ],
  };
}

/** The access key that the profile gets: an administrator's if there is one, else the first active one. */
function profileKey(account: SeedAccount): SeedAccessKey | undefined {
  const active = (each: { readonly accessKeys: readonly SeedAccessKey[] }) =>
    each.accessKeys.find((key) => key.status === "Active");
  const administrators = account.users.filter((user) =>
    user.managedPolicies.includes(administrator),
  );
  const candidates = [...administrators, ...account.users, { accessKeys: account.rootAccessKeys }];
  return candidates.flatMap((each) => active(each) ?? [])[0];
}

function described({ users, keys }: SeedAccount): string {
  const names = users.map((user) => user.name).join(", ");
  return ` with ${users.length === 1 ? "user" : "users"} ${names === "" ? "(none)" : names}${keys.length === 0 ? "" : ` and ${keys.length} KMS ${keys.length === 1 ? "key" : "keys"}`}`;
}

function listenUrl({ listen, tls }: Config): string {
  const host = listen.host.includes(":") ? `[${listen.host}]` : listen.host;
  return `${tls === undefined ? "http" : "https"}://${host}:${listen.port}`;
}
