import { IntegrityError, OperatorError } from "../base/errors.ts";
import { randomIds } from "../crypto/random.ts";
import { generateSigningKey } from "../crypto/signature.ts";
import type { RootSource } from "../keystore/root.ts";
import { RootKey } from "../keystore/root.ts";
import type { Database, Reader } from "./database.ts";
import { columnsOf, insertRow, openRow } from "./sealed-row.ts";
import { sql } from "./sql.ts";
import { deploymentTable } from "./tables.ts";

/** What a running process knows of its deployment: its name, the root key, and the key that signs checkpoints. */
export interface Deployment {
  readonly id: string;
  readonly root: RootKey;
  readonly auditPublicKey: Uint8Array;
  /** PKCS#8; handed to the journal only. */
  auditPrivateKey(): Buffer;
}

const rootVersion = 1;
const signingKey = (deployment: string): readonly string[] => ["audit-signing-key", deployment];

/** Makes a new deployment in an empty database: its id, its root key wrapped by every source, its audit signing key. */
export async function createDeployment(
  database: Database,
  sources: readonly RootSource[],
  now: Date,
): Promise<void> {
  const id = randomIds.uuid();
  const root = RootKey.generate();
  const { privateKey, publicKey } = generateSigningKey();
  const row = {
    singleton: 1,
    deployment_id: id,
    created_at: now.getTime(),
    audit_public_key: publicKey,
    audit_private_key: root.wrap(signingKey(id), privateKey),
  };
  privateKey.fill(0);
  await database.apply([
    insertRow(deploymentTable, row, root.rowKey()),
    ...sources.map((source) => ({
      statement: sql`INSERT INTO root_keys (version, source, wrapped)
        VALUES (${rootVersion}, ${source.name}, ${root.wrapUnder(source, id)})`,
      rows: 1,
    })),
  ]);
}

/** Opens the deployment with the first root source that unwraps its root key. Throws OperatorError, IntegrityError. */
export async function openDeployment(
  reader: Reader,
  sources: readonly RootSource[],
): Promise<Deployment> {
  const [deployments = [], wrappedKeys = []] = await reader.read(
    sql`SELECT ${columnsOf(deploymentTable)} FROM deployment`,
    sql`SELECT source, wrapped FROM root_keys WHERE version = ${rootVersion}`,
  );
  const [stored] = deployments;
  if (stored === undefined)
    throw new OperatorError(
      "the database holds no deployment: run `keywright init` on a new data folder",
    );
  const id = String(stored["deployment_id"]);
  const root = unwrapRoot(id, wrappedKeys, sources);
  const row = openRow(deploymentTable, stored, root.rowKey());
  return {
    id,
    root,
    auditPublicKey: row.audit_public_key as Uint8Array,
    auditPrivateKey: () => root.unwrap(signingKey(id), row.audit_private_key as Uint8Array),
  };
}

function unwrapRoot(
  deployment: string,
  wrappedKeys: readonly Readonly<Record<string, unknown>>[],
  sources: readonly RootSource[],
): RootKey {
  for (const source of sources) {
    const wrapped = wrappedKeys.find((row) => row["source"] === source.name)?.["wrapped"];
    if (!(wrapped instanceof Uint8Array)) continue;
    try {
      return new RootKey(source.unwrap(deployment, wrapped));
    } catch (cause) {
      if (!(cause instanceof IntegrityError)) throw cause;
      throw new OperatorError(
        `the root key ${source.name} does not open this database: it belongs to another deployment, or the database was changed`,
        { cause },
      );
    }
  }
  throw new OperatorError("no configured root key source opens this database");
}
