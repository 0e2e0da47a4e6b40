import { existsSync, renameSync, rmSync } from "node:fs";
import { OperatorError } from "../base/errors.ts";
import type { Seed } from "../cli/seed.ts";
import type { Config } from "../config.ts";
import type { Reader } from "../database/database.ts";
import type { Deployment } from "../database/deployment.ts";
import { createDeployment, openDeployment } from "../database/deployment.ts";
import type { WriterOptions } from "../database/embedded-writer.ts";
import { EmbeddedWriter } from "../database/embedded-writer.ts";
import { migrate } from "../database/migrate.ts";
import { openSqlite, openSqliteReader } from "../database/sqlite.ts";
import { databaseMigrations } from "../database/tables.ts";
import type { RootSource } from "../keystore/root.ts";
import { createRootFile, fileRootSource } from "../keystore/root.ts";
import { iamMigrations, identityVersions } from "../services/iam/tables/schema.ts";
import { keyVersions, kmsMigrations } from "../services/kms/tables/schema.ts";
import type { DataFolder } from "./data-folder.ts";
import { dataFolder, isInitialized, removeUnfinished, requirePrivate } from "./data-folder.ts";
import { applySeed } from "./seed.ts";

const migrations = [...databaseMigrations, ...iamMigrations, ...kmsMigrations];

/** The root key sources that the configuration names. */
function rootSources(config: Config): readonly RootSource[] {
  return [fileRootSource(config.rootKeyFile)];
}

/**
 * Builds a deployment with all that a seed declares, beside the place where it will stand: only a complete one is moved
 * there, so an interrupted or refused `init` leaves nothing to trip over.
 */
export async function buildDeployment(
  config: Config,
  folder: DataFolder,
  seed: Seed,
  now: Date,
): Promise<void> {
  if (!existsSync(config.rootKeyFile)) createRootFile(config.rootKeyFile);
  const sources = rootSources(config);
  const unfinished = `${folder.database}.new`;
  clearUnfinished(folder, unfinished, now);
  const database = openSqlite(unfinished);
  let begun: WriterOptions;
  try {
    await migrate(database, migrations);
    await createDeployment(database, sources, now);
    const deployment = await openDeployment(database, sources);
    await applySeed(database, deployment.root, seed, now);
    begun = writerOptions(deployment, unfinished, `${folder.journal}.new`);
  } catch (error) {
    await database.close();
    removeUnfinished(unfinished);
    throw error;
  }
  await database.close();
  EmbeddedWriter.begin({ ...begun, now: () => now });
  renameSync(`${folder.journal}.new`, folder.journal);
  renameSync(unfinished, folder.database);
}

const segmentBytes = 16 * 1024 * 1024;

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
    versionQueries: [keyVersions, ...identityVersions],
  };
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

/** Lends an existing deployment for reading, beside a running server or without one. Throws OperatorError. */
export async function withDeployment<T>(
  config: Config,
  work: (deployment: Deployment, reader: Reader, folder: DataFolder) => Promise<T>,
): Promise<T> {
  const folder = dataFolder(config);
  if (!isInitialized(folder))
    throw new OperatorError(
      `there is no deployment in ${folder.folder}: run \`keywright init\`, or name its folder with --data`,
    );
  requirePrivate(folder);
  const reader = openSqliteReader(folder.database);
  try {
    return await work(await openDeployment(reader, rootSources(config)), reader, folder);
  } finally {
    reader.close();
  }
}
