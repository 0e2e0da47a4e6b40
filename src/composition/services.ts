import { availableParallelism } from "node:os";
import type { Accounts } from "../api/accounts.ts";
import { sealAuthorizationMessage } from "../api/authorization-message.ts";
import type { Credentials } from "../api/context.ts";
import type { Principals } from "../api/principals.ts";
import type { Service } from "../api/registry.ts";
import type { Config } from "../config.ts";
import { poolThreads } from "../config.ts";
import { randomIds } from "../crypto/random.ts";
import { SigningKeys } from "../crypto/signing-key.ts";
import type { VersionRef } from "../database/commit.ts";
import type { Reader } from "../database/database.ts";
import type { Deployment } from "../database/deployment.ts";
import { Domains } from "../database/domains.ts";
import { softwareKeyStore } from "../keystore/software.ts";
import type { Log } from "../server/log.ts";
import { cloudTrailService } from "../services/cloudtrail/index.ts";
import { costExplorerService } from "../services/cost-explorer/index.ts";
import { AccessKeyUses } from "../services/iam/access-key-uses.ts";
import { credentialReports } from "../services/iam/credential-reports.ts";
import { CredentialCache } from "../services/iam/credentials.ts";
import { iamService } from "../services/iam/index.ts";
import { accountsFrom } from "../services/iam/new-accounts.ts";
import { principalsFrom } from "../services/iam/principals.ts";
import { sessionIdentities } from "../services/iam/session-identities.ts";
import { IdentityTables } from "../services/iam/tables/identities.ts";
import { kmsService } from "../services/kms/index.ts";
import type { KeyWorkRoom } from "../services/kms/key-work.ts";
import { KeyWork, roomFor } from "../services/kms/key-work.ts";
import { LastUsage } from "../services/kms/last-usage.ts";
import { parseKeyAggregate } from "../services/kms/model/key.ts";
import type { KmsTools } from "../services/kms/operation.ts";
import { RequestQuotas } from "../services/kms/quotas.ts";
import type { BucketMemory } from "../services/kms/quotas-buckets.ts";
import type { ResourceQuotas } from "../services/kms/quotas-resources.ts";
import { KeyRoom, usualQuotas } from "../services/kms/quotas-resources.ts";
import { KeyTables } from "../services/kms/tables/key-tables.ts";
import { KnownKeys } from "../services/kms/tables/known-keys.ts";
import { OrganizationGuardRails } from "../services/organizations/guard-rails.ts";
import { organizationsService } from "../services/organizations/index.ts";
import { OrganizationTables } from "../services/organizations/tables/organizations.ts";
import { s3Service } from "../services/s3/index.ts";
import type { S3Tools } from "../services/s3/operation.ts";
import { SessionCredentials } from "../services/sts/credentials.ts";
import { stsService } from "../services/sts/index.ts";
import { readAttestationRoots } from "./attestation-roots.ts";
import type { Around, TrailSources } from "./cloudtrail.ts";
import { openCloudTrail } from "./cloudtrail.ts";
import { openCustomKeyStores } from "./custom-key-stores.ts";
import { openIdentityTokens } from "./identity-tokens.ts";
import { readPrices } from "./prices.ts";
import { openS3 } from "./s3.ts";

/** The services of a deployment over one reader, with the caches that they share. */
export interface Services {
  readonly all: readonly Service[];
  readonly credentials: CredentialCache;
  /** Long-term access keys and temporary ones. */
  readonly signers: Signers;
  readonly identities: IdentityTables;
  readonly accessKeyUses: AccessKeyUses;
  readonly kms: KmsTools;
  readonly s3: S3Tools;
  readonly domains: Domains;
  /** Drops all that is known of aggregates that changed. */
  forget(aggregates: readonly string[]): void;
  /** Keeps what aggregates have become by changes that are durable. */
  renew(versions: readonly VersionRef[]): void;
  /** Wipes all keys and secrets in memory. Nothing works afterwards. */
  wipe(): Promise<void>;
}

/** Credentials, and what their secrets have become for one day, region and service. */
interface Signers extends Credentials {
  readonly signingKeys: SigningKeys;
  /** Wipes all of it. */
  wipe(): void;
}

/** What a deployment at work has, and a look at one does not need. */
interface Surroundings {
  readonly quotas?: ResourceQuotas;
  readonly keyWork?: KeyWorkRoom;
  /** What request quotas are counted in, where several threads count. */
  readonly quotaMemory?: BucketMemory | undefined;
  readonly log?: Log;
  /** Services that read the audit records are there only with it. */
  readonly around?: Around;
}

const usualRoom = roomFor(poolThreads, availableParallelism());
const silent: Log = () => undefined;

/** What of the configuration services need. */
type ServicesConfig = Pick<
  Config,
  | "attestationRoots"
  | "buckets"
  | "customKeyStores"
  | "data"
  | "identityTokens"
  | "keyCache"
  | "prices"
  | "regions"
  | "requestRateFactor"
>;

export function openServices(
  deployment: Pick<Deployment, "root">,
  reader: Reader,
  config: ServicesConfig,
  {
    quotas = usualQuotas,
    keyWork = usualRoom,
    quotaMemory,
    log = silent,
    around,
  }: Surroundings = {},
): Services {
  const domains = new Domains(deployment.root, reader);
  const identities = new IdentityTables(reader, domains);
  const organizations = new OrganizationTables(reader, domains);
  const credentials = new CredentialCache(identities, new OrganizationGuardRails(organizations));
  const holders = sessionIdentities(identities, credentials);
  const sessions = new SessionCredentials(holders);
  const signers = signersOf(credentials, sessions);
  const accessKeyUses = new AccessKeyUses(reader, identities);
  const principals: Principals = principalsFrom(identities);
  const keys = new KeyTables(reader, domains, new KnownKeys(config.keyCache * 2 ** 20));
  const customKeyStores = openCustomKeyStores(config.customKeyStores, reader, domains, log);
  const accounts = accountsFrom(identities, randomIds);
  const kms: KmsTools = {
    keys,
    customKeyStores,
    keyStore: softwareKeyStore(),
    keyWork: new KeyWork(keyWork),
    principals,
    ids: randomIds,
    lastUsage: new LastUsage(reader),
    keyRoom: new KeyRoom(reader, quotas.keys),
    quotas,
    regions: config.regions,
    attestationRoots: readAttestationRoots(config.attestationRoots),
  };
  const s3 = openS3(config, reader, domains, principals, log);
  const services: readonly Service[] = [
    kmsService(kms, new RequestQuotas(config.requestRateFactor, quotaMemory)),
    iamService({
      identities,
      ids: randomIds,
      accessKeyUses,
      credentialReport: credentialReports(reader, identities),
    }),
    stsService({
      identities: holders,
      identityTokens: openIdentityTokens(config.identityTokens, log),
      ids: randomIds,
    }),
    organizationsService({ organizations, accounts, ids: randomIds }),
    s3Service(s3),
  ];
  const onTrail =
    around === undefined
      ? []
      : trailServices(around, { reader, domains, services, accounts, config });
  return {
    all: explaining([...services, ...onTrail], identities),
    credentials,
    signers,
    identities,
    accessKeyUses,
    kms,
    s3,
    domains,
    forget: forgetting([keys, credentials, sessions, customKeyStores], kms),
    renew(versions) {
      for (const version of versions) keys.renew(version);
    },
    async wipe() {
      await customKeyStores.close();
      const secrets = [kms.keyStore, s3.keysInUse, s3.places, signers, domains];
      for (const each of secrets) each.wipe();
    },
  };
}

/** Something that keeps what was read of aggregates. */
interface Cache {
  forget(aggregate: string): void;
}

function forgetting(
  caches: readonly Cache[],
  { keyStore }: Pick<KmsTools, "keyStore">,
): Services["forget"] {
  return (aggregates) => {
    for (const aggregate of aggregates) {
      for (const cache of caches) cache.forget(aggregate);
      const key = parseKeyAggregate(aggregate);
      if (key !== undefined) keyStore.forget(key, key.keyId);
    }
  };
}

/** Services whose refusals carry their reasons, sealed under the keys of the caller's account. */
function explaining(services: readonly Service[], identities: IdentityTables): readonly Service[] {
  const sealRefusal = async (account: string, message: string): Promise<string> =>
    sealAuthorizationMessage(await identities.domain(account), message);
  return services.map((service) => ({ ...service, sealRefusal }));
}

/** Services that read the audit records. */
function trailServices(
  around: Around,
  {
    accounts,
    config,
    ...rest
  }: TrailSources & {
    readonly accounts: Accounts;
    readonly config: ServicesConfig;
  },
): readonly Service[] {
  const prices = readPrices(config.prices);
  return [
    costExplorerService({ trail: around.records, prices, accounts }),
    cloudTrailService(openCloudTrail(around, rest)),
  ];
}

function signersOf(lasting: CredentialCache, sessions: SessionCredentials): Signers {
  const signingKeys = new SigningKeys();
  return {
    find: (id, token, now) =>
      token === undefined ? lasting.find(id) : sessions.find(id, token, now),
    signingKeys,
    wipe() {
      for (const each of [...lasting.wipe(), ...sessions.wipe()]) signingKeys.wipe(each);
    },
  };
}
