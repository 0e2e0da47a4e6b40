import { OperatorError } from "../base/errors.ts";
import type { Fact, Findings, Io, RootSourceChange } from "../cli/commands.ts";
import type { Config } from "../config.ts";
import type { ClosedDeployment } from "../database/deployment.ts";
import { insertWrappedRoot, readDeployment, wrapRoot } from "../database/deployment.ts";
import { removeWrappedRoot } from "../database/root-rotation.ts";
import { openSqliteReader } from "../database/sqlite.ts";
import type { RootSourceKind } from "../keystore/root/source.ts";
import { existingFolder } from "./deployment.ts";
import type { Offline } from "./offline.ts";
import { commitRoot, withOffline } from "./offline.ts";
import { rootEvent } from "./root-event.ts";
import { anotherSource, newSource, storedKinds, storedShareSet } from "./root-sources.ts";

/** Lists what wraps the root key, after changing it if asked to. Throws OperatorError. */
export async function manageRootSources(
  config: Config,
  change: RootSourceChange | undefined,
  io: Io,
): Promise<Findings> {
  const shares = change === undefined ? [] : await changeSources(config, change, io);
  const closed = await readClosed(config);
  const versions = new Set(closed.rootKeys.map((each) => each.version));
  return {
    facts: [
      ["root key", `version ${[...versions].join(", then ")}`],
      ...storedKinds(closed).map((kind): Fact => [kind, describe(kind, closed, config)]),
      ...shareFacts(shares),
    ],
    problems:
      versions.size > 1
        ? ["a rotation was interrupted: run `keywright rotate-root` to finish"]
        : [],
  };
}

/** Shares as an operator sees them, once. */
export function shareFacts(shares: readonly string[]): readonly Fact[] {
  return shares.map((share, index) => [`share ${index + 1}`, share]);
}

async function readClosed(config: Config): Promise<ClosedDeployment> {
  const reader = openSqliteReader(existingFolder(config).database);
  try {
    return await readDeployment(reader);
  } finally {
    reader.close();
  }
}

function describe(kind: RootSourceKind, closed: ClosedDeployment, config: Config): string {
  const { token, kms } = config.root;
  const set = storedShareSet(closed);
  const descriptions: Readonly<Record<RootSourceKind, string>> = {
    file: config.rootKeyFile,
    passphrase: "somebody's",
    shares: `any ${set?.threshold} of ${set?.count}`,
    token: token === undefined ? "not configured here" : `key ${token.key} of token ${token.label}`,
    kms: kms === undefined ? "not configured here" : kms.key,
  };
  return descriptions[kind];
}

/** Changes the sources; gives the shares to hand out. */
async function changeSources(
  config: Config,
  { change, kind }: RootSourceChange,
  io: Io,
): Promise<readonly string[]> {
  return withOffline(config, { now: io.clock, ask: io.ask }, async (offline) => {
    requirePossible(offline.closed, change, kind);
    if (change === "remove") {
      const { version } = offline.deployment.root;
      const record = rootEvent("RemoveRootSource", { source: kind }, io.clock());
      commitRoot(offline.writer, [removeWrappedRoot(kind, version)], [record]);
      return [];
    }
    return wrapAnew(offline, { change, kind }, config, io);
  });
}

function requirePossible(
  closed: ClosedDeployment,
  change: RootSourceChange["change"],
  kind: RootSourceKind,
): void {
  const kinds = storedKinds(closed);
  if (new Set(closed.rootKeys.map((each) => each.version)).size > 1)
    throw new OperatorError("a rotation was interrupted: run `keywright rotate-root` first");
  if (change === "add" && kinds.includes(kind))
    throw new OperatorError(`${kind} wraps the root key already: replace it with --renew ${kind}`);
  if (change !== "add" && !kinds.includes(kind))
    throw new OperatorError(`${kind} does not wrap the root key: it has ${kinds.join(", ")}`);
  if (change === "remove" && kinds.length === 1)
    throw new OperatorError(
      `${kind} is the only source of the root key: without it no key could be used. Add another one first`,
    );
}

async function wrapAnew(
  { deployment, writer }: Offline,
  { change, kind }: RootSourceChange,
  config: Config,
  io: Io,
): Promise<readonly string[]> {
  const make = change === "renew" ? anotherSource : newSource;
  const { source, shares } = await make(kind, deployment.id, config, io.ask);
  try {
    const wrapped = await wrapRoot(deployment.root, source, deployment.id);
    const old = change === "renew" ? [removeWrappedRoot(kind, wrapped.version)] : [];
    const name = change === "renew" ? "RenewRootSource" : "AddRootSource";
    const record = rootEvent(name, { source: kind }, io.clock());
    commitRoot(writer, [...old, insertWrappedRoot(wrapped)], [record]);
    return shares;
  } finally {
    await source.close();
  }
}
