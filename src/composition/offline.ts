import { OperatorError } from "../base/errors.ts";
import type { Ask } from "../cli/commands.ts";
import type { Config } from "../config.ts";
import type { Write } from "../database/commit.ts";
import type { Reader } from "../database/database.ts";
import type { ClosedDeployment, Deployment } from "../database/deployment.ts";
import { openDeployment, readDeployment } from "../database/deployment.ts";
import { EmbeddedWriter } from "../database/embedded-writer.ts";
import { lockFolder } from "../database/lock.ts";
import { openSqliteReader } from "../database/sqlite.ts";
import type { RootSource } from "../keystore/root/source.ts";
import {
  closeSources,
  existingFolder,
  upgradeDatabase,
  wipeOptions,
  writerOptions,
} from "./deployment.ts";
import { allSources } from "./root-sources.ts";

/** A deployment whose server is stopped, opened to be changed. */
export interface Offline {
  readonly deployment: Deployment;
  readonly closed: ClosedDeployment;
  readonly reader: Reader;
  readonly writer: EmbeddedWriter;
}

/**
 * Lends a deployment to one who changes its root key, under the lock of its folder. `sourcesOf` says which root sources may
 * open it; they are closed when the work is done. Throws OperatorError.
 */
export async function withOffline<T>(
  config: Config,
  { now, ask }: { readonly now: () => Date; readonly ask: Ask },
  work: (offline: Offline, sources: readonly RootSource[]) => Promise<T>,
): Promise<T> {
  await using opening = new AsyncDisposableStack();
  const folder = existingFolder(config);
  const lock = lockFolder(folder.lock, folder.folder);
  opening.defer(() => lock.release());
  await upgradeDatabase(folder);
  const reader = openSqliteReader(folder.database);
  opening.defer(() => reader.close());
  const closed = await readDeployment(reader);
  const sources = allSources(closed, config, ask);
  opening.defer(() => closeSources(sources));
  const deployment = await openDeployment(reader, sources);
  opening.defer(() => deployment.root.wipe());
  const options = writerOptions(deployment, folder.database, folder.journal);
  opening.defer(() => wipeOptions(options));
  const writer = EmbeddedWriter.open({ ...options, checkedFirst: Infinity, now });
  opening.defer(() => writer.close());
  return await work({ deployment, closed, reader, writer }, sources);
}

/** Commits writes of the root key with their audit records. What they replace is erased from the files, too. */
export function commitRoot(
  writer: EmbeddedWriter,
  writes: readonly Write[],
  records: readonly string[] = [],
): void {
  // Relied on by nobody else: it makes a write that touches nothing count as a conflict.
  const relied = [{ aggregate: "root", version: 0 }];
  const change = { writes, versions: [], erases: true };
  const [result] = writer.commit([{ id: 0, commit: { relied, change, records } }]);
  if (result === undefined || "failed" in result)
    throw new OperatorError(
      `nothing was changed: ${result?.failed ?? "no answer"}. Make room first`,
    );
  if (result.stale.length > 0)
    throw new OperatorError(
      "nothing was changed: the root keys in the database are not as they were",
    );
}
