import { existsSync, renameSync, rmSync } from "node:fs";
import { OperatorError } from "../base/errors.ts";
import type { Ask } from "../cli/commands.ts";
import type { Seed } from "../cli/seed.ts";
import type { Config } from "../config.ts";
import { randomIds } from "../crypto/random.ts";
import type { Reader } from "../database/database.ts";
import type { Deployment } from "../database/deployment.ts";
import { createDeployment, openDeployment, readDeployment } from "../database/deployment.ts";
import type { WriterOptions } from "../database/embedded-writer.ts";
import { EmbeddedWriter } from "../database/embedded-writer.ts";
import { migrate } from "../database/migrate.ts";
import { openSqlite, openSqliteReader } from "../database/sqlite.ts";
import { databaseMigrations } from "../database/tables.ts";
import type { RootSource } from "../keystore/root/source.ts";
import { trailsMigrations, trailVersions } from "../services/cloudtrail/tables/schema.ts";
import { iamMigrations, identityVersions } from "../services/iam/tables/schema.ts";
import { kmsMigrations, kmsVersions } from "../services/kms/tables/schema.ts";
import {
  organizationsMigrations,
  organizationVersions,
} from "../services/organizations/tables/schema.ts";
import { s3Migrations, s3Versions } from "../services/s3/tables/schema.ts";
import type { DataFolder } from "./data-folder.ts";
import { dataFolder, isInitialized, removeUnfinished, requirePrivate } from "./data-folder.ts";
import type { NewSource } from "./root-sources.ts";
import { allSources, askNobody, newSource } from "./root-sources.ts";
import { applySeed } from "./seed.ts";

const migrations = [
  ...databaseMigrations,
  ...iamMigrations,
  ...kmsMigrations,
  ...organizationsMigrations,
  ...trailsMigrations,
  ...s3Migrations,
];

/**
 * Builds a deployment with all that a seed declares, beside the place where it will stand: only a complete one is moved
 * there, so an interrupted or refused `init` leaves nothing to trip over. Returns the shares of the root key, if it is split.
 */
export async function buildDeployment(
  config: Config,
  folder: DataFolder,
  seed: Seed,
  now: Date,
  ask: Ask,
): Promise<readonly string[]> {
  const id = randomIds.uuid();
  const made: NewSource[] = [];
  for (const kind of config.root.named) made.push(await newSource(kind, id, config, ask));
  const sources = made.map(({ source }) => source);
  const unfinished = `${folder.database}.new`;
  clearUnfinished(folder, unfinished, now);
  const database = openSqlite(unfinished);
  let begun: WriterOptions;
  let records: readonly string[];
  try {
    await migrate(database, migrations);
    await createDeployment(database, sources, now, id);
    const deployment = await openDeployment(database, sources);
    records = await applySeed(database, deployment.root, seed, now);
    begun = writerOptions(deployment, unfinished, `${folder.journal}.new`);
    deployment.root.wipe();
  } catch (error) {
    await database.close();
    removeUnfinished(unfinished);
    throw error;
  } finally {
    await closeSources(sources);
  }
  await database.close();
  EmbeddedWriter.begin({ ...begun, now: () => now, records });
  wipeOptions(begun);
  renameSync(`${folder.journal}.new`, folder.journal);
  renameSync(unfinished, folder.database);
  return made.flatMap(({ shares }) => shares);
}

/** Bytes that a segment of the journal is preallocated with. */
export const segmentBytes = 16 * 1024 * 1024;

/** What the writer of a deployment needs. */
export function writerOptions(
  deployment: Deployment,
  databasePath: string,
  journalFolder: string,
): WriterOptions {
  return {
    databasePath,
    journalFolder,
    deployment: deployment.id,
    privateKey: deployment.auditPrivateKey(),
    publicKey: deployment.auditPublicKey,
    segmentBytes,
    stateKey: deployment.root.stateKey(),
    versionQueries: [
      ...kmsVersions,
      ...identityVersions,
      ...organizationVersions,
      ...trailVersions,
      ...s3Versions,
    ],
  };
}

/** Overwrites the keys in a writer's options. */
export function wipeOptions({ privateKey, stateKey }: WriterOptions): void {
  privateKey.fill(0);
  stateKey.fill(0);
}

/** Puts away what an interrupted `init` left. A journal is never removed, whatever it is of. */
function clearUnfinished(folder: DataFolder, unfinished: string, now: Date): void {
  removeUnfinished(unfinished);
  rmSync(`${folder.journal}.new`, { recursive: true, force: true });
  if (existsSync(folder.journal))
    renameSync(folder.journal, `${folder.journal}-before-${now.getTime()}`);
}

/** Brings the schema of an existing deployment up to this version. Only the process that holds the lock may. */
export async function upgradeDatabase(folder: DataFolder): Promise<void> {
  const database = openSqlite(folder.database);
  try {
    await migrate(database, migrations);
  } finally {
    await database.close();
  }
}

/** Opens a deployment with sources that are not needed afterwards. Throws OperatorError. */
export async function openWith(
  reader: Reader,
  sources: readonly RootSource[],
): Promise<Deployment> {
  try {
    return await openDeployment(reader, sources);
  } finally {
    await closeSources(sources);
  }
}

/** Forgets what the sources hold. */
export async function closeSources(sources: readonly RootSource[]): Promise<void> {
  for (const source of sources) await source.close();
}

/** The folder of an existing deployment that only its owner can enter. Throws OperatorError. */
export function existingFolder(config: Pick<Config, "data">): DataFolder {
  const folder = dataFolder(config);
  if (!isInitialized(folder))
    throw new OperatorError(
      `there is no deployment in ${folder.folder}: run \`keywright init\`, or name its folder with --data`,
    );
  requirePrivate(folder);
  return folder;
}

/**
 * Lends an existing deployment for reading, beside a running server or without one. People are asked only where no other
 * root source opens it. Throws OperatorError.
 */
export async function withDeployment<T>(
  config: Config,
  work: (deployment: Deployment, reader: Reader, folder: DataFolder) => Promise<T>,
  ask: Ask = askNobody,
): Promise<T> {
  const folder = existingFolder(config);
  const reader = openSqliteReader(folder.database);
  try {
    const sources = allSources(await readDeployment(reader), config, ask);
    const deployment = await openWith(reader, sources);
    return await work(deployment, reader, folder).finally(() => deployment.root.wipe());
  } finally {
    reader.close();
  }
}
