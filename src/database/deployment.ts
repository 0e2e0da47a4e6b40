import { IntegrityError, OperatorError } from "../base/errors.ts";
import { equalBytes } from "../crypto/hash.ts";
import { randomIds } from "../crypto/random.ts";
import { generateSigningKey } from "../crypto/signature.ts";
import type { RootSource, RootSourceKind } from "../keystore/root/source.ts";
import { rootSourceKinds } from "../keystore/root/source.ts";
import { RootKey } from "../keystore/root.ts";
import type { Write } from "./commit.ts";
import type { Database, Reader, Row } from "./database.ts";
import { columnsOf, insertRow, openRow, updateRow } from "./sealed-row.ts";
import { sql } from "./sql.ts";
import { deploymentTable } from "./tables.ts";

/** What a running process knows of its deployment: its name, the root key, and the key that signs checkpoints. */
export interface Deployment {
  readonly id: string;
  /** The version that is in force; it knows the others that are stored. */
  readonly root: RootKey;
  /** The source that opened it. */
  readonly openedBy: RootSourceKind;
  readonly auditPublicKey: Uint8Array;
  /** PKCS#8; handed to the journal only. */
  auditPrivateKey(): Buffer;
  /** The deployment's own row under another version of the root key. */
  resealUnder(root: RootKey): Write;
}

/** A root key as one source wrapped it. */
export interface WrappedRootKey {
  readonly version: number;
  readonly source: RootSourceKind;
  readonly wrapped: Uint8Array;
}

/** What can be read of a deployment without its root key. None of it is authenticated yet. */
export interface ClosedDeployment {
  readonly id: string;
  readonly rootKeys: readonly WrappedRootKey[];
  /** The deployment's own row, sealed. */
  readonly row: Row;
}

const signingKey = (deployment: string): readonly string[] => ["audit-signing-key", deployment];

/** Makes a new deployment in an empty database: its root key wrapped by every source, its audit signing key. */
export async function createDeployment(
  database: Database,
  sources: readonly RootSource[],
  now: Date,
  id: string = randomIds.uuid(),
): Promise<void> {
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
  const wrapped: WrappedRootKey[] = [];
  for (const source of sources) wrapped.push(await wrapRoot(root, source, id));
  await database.apply([
    insertRow(deploymentTable, row, root.rowKey()),
    ...wrapped.map(insertWrappedRoot),
  ]);
  root.wipe();
}

/** Has a source wrap a root key, and proves that it opens again. */
export async function wrapRoot(
  root: RootKey,
  source: RootSource,
  deployment: string,
): Promise<WrappedRootKey> {
  const wrapped = await root.wrapUnder(source, deployment);
  const opened = new RootKey(await source.unwrap({ deployment, version: root.version }, wrapped));
  const same = equalBytes(opened.stateKey(), root.stateKey());
  opened.wipe();
  if (!same)
    throw new IntegrityError(`the root source ${source.kind} does not give back the root key`);
  return { version: root.version, source: source.kind, wrapped };
}

export function insertWrappedRoot({ version, source, wrapped }: WrappedRootKey): Write {
  return {
    statement: sql`INSERT INTO root_keys (version, source, wrapped) VALUES (${version}, ${source}, ${wrapped})`,
    rows: 1,
  };
}

/** Reads what there is to know before a root key is open. Throws OperatorError. */
export async function readDeployment(reader: Reader): Promise<ClosedDeployment> {
  const [deployments = [], rootKeys = []] = await reader.read(
    sql`SELECT ${columnsOf(deploymentTable)} FROM deployment`,
    sql`SELECT version, source, wrapped FROM root_keys ORDER BY version DESC`,
  );
  const [row] = deployments;
  if (row === undefined)
    throw new OperatorError(
      "the database holds no deployment: run `keywright init` on a new data folder",
    );
  return { id: String(row["deployment_id"]), rootKeys: rootKeys.flatMap(wrappedRoot), row };
}

function wrappedRoot({ version, source, wrapped }: Row): readonly WrappedRootKey[] {
  const kind = rootSourceKinds.find((each) => each === source);
  if (kind === undefined || !(wrapped instanceof Uint8Array)) return [];
  return [{ version: Number(version), source: kind, wrapped }];
}

/** Opens the deployment with the first root source that unwraps its root key. Throws OperatorError, IntegrityError. */
export async function openDeployment(
  reader: Reader,
  sources: readonly RootSource[],
): Promise<Deployment> {
  const closed = await readDeployment(reader);
  const { roots, source } = await unwrapRoots(closed, sources);
  const { root, row } = openOwnRow(closed, roots);
  const { id } = closed;
  const auditPrivateKey = (): Buffer =>
    root.unwrap(signingKey(id), row.audit_private_key as Uint8Array);
  return {
    id,
    root,
    openedBy: source,
    auditPublicKey: row.audit_public_key as Uint8Array,
    auditPrivateKey,
    resealUnder(next) {
      const privateKey = auditPrivateKey();
      const audit_private_key = next.wrap(signingKey(id), privateKey);
      privateKey.fill(0);
      return updateRow(deploymentTable, { ...row, audit_private_key }, next.rowKey());
    },
  };
}

/** The root key in force is the one that sealed the deployment's row: while it is rotated, the older one still may. */
function openOwnRow({ row }: ClosedDeployment, roots: readonly RootKey[]) {
  const faults: unknown[] = [];
  for (const root of roots)
    try {
      const opened = openRow(deploymentTable, row, root.rowKey());
      return { root: root.beside(roots.filter((each) => each !== root)), row: opened };
    } catch (fault) {
      if (!(fault instanceof IntegrityError)) throw fault;
      faults.push(fault);
    }
  for (const root of roots) root.wipe();
  throw faults[0];
}

/** All versions of the root key, the newest first, by the first source that unwraps them. */
async function unwrapRoots({ id, rootKeys }: ClosedDeployment, sources: readonly RootSource[]) {
  const faults: OperatorError[] = [];
  for (const source of sources) {
    const wrapped = rootKeys.filter((each) => each.source === source.kind);
    if (wrapped.length === 0) continue;
    try {
      return { roots: await unwrapAll(id, wrapped, source), source: source.kind };
    } catch (fault) {
      faults.push(explained(fault, source));
    }
  }
  if (faults.length === 0) throw new OperatorError(noSource(rootKeys));
  throw new OperatorError(faults.map((fault) => fault.message).join("\n"), { cause: faults[0] });
}

async function unwrapAll(
  deployment: string,
  wrapped: readonly WrappedRootKey[],
  source: RootSource,
): Promise<readonly RootKey[]> {
  const roots: RootKey[] = [];
  for (const { version, wrapped: bytes } of wrapped)
    roots.push(new RootKey(await source.unwrap({ deployment, version }, bytes), version));
  return roots;
}

function explained(fault: unknown, { kind }: RootSource): OperatorError {
  if (fault instanceof OperatorError) return fault;
  if (!(fault instanceof IntegrityError)) throw fault;
  return new OperatorError(
    `the root ${called[kind]} does not open this database: it is not the right one, or the database was changed`,
    { cause: fault },
  );
}

/** How a source is called where it is refused. */
const called: Readonly<Record<RootSourceKind, string>> = {
  file: "key file",
  passphrase: "passphrase",
  shares: "shares (which of them is wrong cannot be told: give all of them again)",
  token: "key of the PKCS#11 token",
  kms: "key of the other KMS",
};

function noSource(rootKeys: readonly WrappedRootKey[]): string {
  const kinds = [...new Set(rootKeys.map((each) => each.source))].join(", ");
  return `no configured root source opens this database: its root key is wrapped by ${kinds || "none"}`;
}
