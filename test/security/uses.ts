import { IntegrityError, OperatorError } from "../../src/base/errors.ts";
import type { Reader } from "../../src/database/database.ts";
import type { Deployment } from "../../src/database/deployment.ts";
import { Domains } from "../../src/database/domains.ts";
import { CredentialCache } from "../../src/services/iam/credentials.ts";
import { readAccessKeyUse } from "../../src/services/iam/tables/access-key-uses.ts";
import { IdentityTables } from "../../src/services/iam/tables/identities.ts";
import { KeyTables } from "../../src/services/kms/tables/key-tables.ts";
import { readUsage } from "../../src/services/kms/tables/key-usage.ts";
import { KnownKeys } from "../../src/services/kms/tables/known-keys.ts";
import { withoutOrganizations } from "../support/guard-rails.ts";
import type { Row, Stopped } from "./deployment.ts";
import { reading } from "./deployment.ts";

/** The tables that a writer to the database could gain from, and their primary keys. */
export const primaryKeys: Readonly<Record<string, readonly string[]>> = {
  deployment: ["singleton"],
  root_keys: ["version", "source"],
  domain_keys: ["account_id", "region", "epoch"],
  accounts: ["account_id"],
  users: ["account_id", "user_name"],
  access_keys: ["access_key_id"],
  access_key_uses: ["access_key_id"],
  groups: ["account_id", "group_name"],
  managed_policies: ["account_id", "policy_name"],
  keys: ["account_id", "region", "key_id"],
  key_materials: ["account_id", "region", "key_id", "material_id"],
  aliases: ["account_id", "region", "alias_name"],
  grants: ["account_id", "region", "key_id", "grant_id"],
  key_usage: ["account_id", "region", "key_id"],
};

/** What a use of a row came to: it was refused, nothing was found, or what it gave. */
export type Outcome = "refused" | "not found" | { readonly used: string };

type Use = (row: Row, deployment: Deployment, reader: Reader) => Promise<unknown>;

const text = (row: Row, column: string): string => String(row[column]);
const identities = ({ root }: Deployment, reader: Reader): IdentityTables =>
  new IdentityTables(reader, new Domains(root, reader));

const useKey: Use = (row, { root }, reader) =>
  new KeyTables(reader, new Domains(root, reader), new KnownKeys(2 ** 20)).find(
    text(row, "account_id"),
    text(row, "region"),
    text(row, "key_id"),
  );

/** How the service uses a row of each table: by the name that a request or another row gives it. */
const uses: Readonly<Record<string, Use>> = {
  deployment: async (_row, deployment) => ({ ...deployment, key: deployment.auditPrivateKey() }),
  root_keys: async (_row, deployment) => deployment.id,
  domain_keys: async (row, { root }, reader) =>
    (await new Domains(root, reader).find(text(row, "account_id"), text(row, "region")))?.rowKey,
  accounts: (row, deployment, reader) =>
    identities(deployment, reader).findAccount(text(row, "account_id")),
  users: (row, deployment, reader) =>
    identities(deployment, reader).find("user", text(row, "account_id"), text(row, "user_name")),
  access_keys: async (row, deployment, reader) => {
    const tables = identities(deployment, reader);
    const owner = await tables.findAccessKeyOwner(text(row, "access_key_id"));
    const user = owner && (await tables.find("user", owner.account, owner.name));
    return user?.accessKeys.find((key) => key.id === text(row, "access_key_id"));
  },
  access_key_uses: async (row, deployment, reader) => {
    const domain = await identities(deployment, reader).domain(text(row, "account_id"));
    return readAccessKeyUse(reader, text(row, "access_key_id"), domain);
  },
  groups: (row, deployment, reader) =>
    identities(deployment, reader).find("group", text(row, "account_id"), text(row, "group_name")),
  managed_policies: (row, deployment, reader) =>
    identities(deployment, reader).find(
      "policy",
      text(row, "account_id"),
      text(row, "policy_name"),
    ),
  roles: (row, deployment, reader) =>
    identities(deployment, reader).find("role", text(row, "account_id"), text(row, "role_name")),
  oidc_providers: (row, deployment, reader) =>
    identities(deployment, reader).find("provider", text(row, "account_id"), text(row, "url")),
  keys: useKey,
  key_materials: useKey,
  aliases: async (row, { root }, reader) => {
    const keys = new KeyTables(reader, new Domains(root, reader), new KnownKeys(2 ** 20));
    const [account, region] = [text(row, "account_id"), text(row, "region")];
    return keys.findByAlias(account, region, text(row, "alias_name"));
  },
  grants: useKey,
  async key_usage(row, { root }, reader) {
    const keys = new KeyTables(reader, new Domains(root, reader), new KnownKeys(2 ** 20));
    const [account, region] = [text(row, "account_id"), text(row, "region")];
    const key = await keys.find(account, region, text(row, "key_id"));
    return key && (await readUsage(reader, key)).lastUse;
  },
};

/** Uses a row of a database image as the service would. */
export function useRow(
  stopped: Stopped,
  image: Uint8Array,
  table: string,
  row: Row,
): Promise<Outcome> {
  const use = uses[table];
  if (use === undefined) throw new TypeError(`no use of table ${table}`);
  return outcomeOf(() =>
    reading(stopped, image, (deployment, reader) => use(row, deployment, reader)),
  );
}

/** What an access key is worth: the caller that it stands for, with all its policies. */
export function useCredential(
  stopped: Stopped,
  image: Uint8Array,
  accessKeyId: string,
): Promise<Outcome> {
  return outcomeOf(() =>
    reading(stopped, image, async (deployment, reader) =>
      new CredentialCache(identities(deployment, reader), withoutOrganizations).find(accessKeyId),
    ),
  );
}

async function outcomeOf(work: () => Promise<unknown>): Promise<Outcome> {
  try {
    const found = await work();
    return found === undefined ? "not found" : { used: JSON.stringify(found) };
  } catch (error) {
    if (error instanceof IntegrityError || error instanceof OperatorError || isSqlite(error))
      return "refused";
    throw error;
  }
}

/** SQLite itself found the file damaged. */
function isSqlite(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
}
