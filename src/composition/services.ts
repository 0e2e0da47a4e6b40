import type { Principals } from "../api/principals.ts";
import type { Service } from "../api/registry.ts";
import { randomIds } from "../crypto/random.ts";
import type { Reader } from "../database/database.ts";
import type { Deployment } from "../database/deployment.ts";
import { Domains } from "../database/domains.ts";
import { softwareKeyStore } from "../keystore/software.ts";
import { CredentialCache } from "../services/iam/credentials.ts";
import { principalsFrom } from "../services/iam/principals.ts";
import { IdentityTables } from "../services/iam/tables/identities.ts";
import { kmsService } from "../services/kms/index.ts";
import type { KmsTools } from "../services/kms/operation.ts";
import { KeyTables } from "../services/kms/tables/keys.ts";
import { stsService } from "../services/sts/index.ts";

/** The services of a deployment over one reader, with the caches that they share. */
export interface Services {
  readonly all: readonly Service[];
  readonly credentials: CredentialCache;
  readonly identities: IdentityTables;
  readonly kms: KmsTools;
  /** Drops all that is known of aggregates that changed. */
  forget(aggregates: readonly string[]): void;
}

export function openServices(deployment: Deployment, reader: Reader): Services {
  const domains = new Domains(deployment.root, reader);
  const identities = new IdentityTables(reader, domains);
  const credentials = new CredentialCache(identities);
  const principals: Principals = principalsFrom(identities);
  const keys = new KeyTables(reader, domains);
  const kms: KmsTools = { keys, keyStore: softwareKeyStore(), principals, ids: randomIds };
  return {
    all: [kmsService(kms), stsService()],
    credentials,
    identities,
    kms,
    forget(aggregates) {
      for (const aggregate of aggregates) {
        keys.forget(aggregate);
        credentials.forget(aggregate);
      }
    },
  };
}
