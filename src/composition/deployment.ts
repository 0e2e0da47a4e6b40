import { existsSync, renameSync } from "node:fs";
import { OperatorError } from "../base/errors.ts";
import type { Seed } from "../cli/seed.ts";
import type { Config } from "../config.ts";
import type { Reader } from "../database/database.ts";
import type { Deployment } from "../database/deployment.ts";
import { createDeployment, openDeployment } from "../database/deployment.ts";
import { migrate } from "../database/migrate.ts";
import { openSqlite, openSqliteReader } from "../database/sqlite.ts";
import { databaseMigrations } from "../database/tables.ts";
import type { RootSource } from "../keystore/root.ts";
import { createRootFile, fileRootSource } from "../keystore/root.ts";
import { iamMigrations } from "../services/iam/tables/schema.ts";
import { kmsMigrations } from "../services/kms/tables/schema.ts";
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
  removeUnfinished(unfinished);
  const database = openSqlite(unfinished);
  try {
    await migrate(database, migrations);
    await createDeployment(database, sources, now);
    const { root } = await openDeployment(database, sources);
    await applySeed(database, root, seed, now);
  } catch (error) {
    await database.close();
    removeUnfinished(unfinished);
    throw error;
  }
  await database.close();
  renameSync(unfinished, folder.database);
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
