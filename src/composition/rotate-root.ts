import type { Findings, Io } from "../cli/commands.ts";
import type { Config } from "../config.ts";
import { countRows } from "../database/database.ts";
import type { WrappedRootKey } from "../database/deployment.ts";
import { insertWrappedRoot, wrapRoot } from "../database/deployment.ts";
import { retireRoots, rewrapDomains, verifyDomains } from "../database/root-rotation.ts";
import type { RootSource } from "../keystore/root/source.ts";
import { RootKey } from "../keystore/root.ts";
import type { Offline } from "./offline.ts";
import { commitRoot, withOffline } from "./offline.ts";
import { rootEvent } from "./root-event.ts";
import { sourceOf, storedKinds } from "./root-sources.ts";

/** What a rotation has just made durable. */
export type RotationStep = "begun" | "rewrapped" | "switched" | "verified" | "retired";

/**
 * Replaces the root key: a new version wrapped by every source; every domain key under it; then the deployment's own row
 * with the audit signing key, and the key of the state digest; and only when all that opens, the old version goes. Each step
 * is durable before the next, and the database tells where an earlier run stopped. `afterStep` lets tests stop it there.
 */
export async function rotateRoot(
  config: Config,
  io: Pick<Io, "ask" | "clock" | "out">,
  afterStep: (step: RotationStep) => void = () => undefined,
): Promise<Findings> {
  return withOffline(config, { now: io.clock, ask: io.ask }, async (offline, sources) => {
    const { deployment, closed, reader, writer } = offline;
    const versions = new Set(closed.rootKeys.map((each) => each.version));
    const next = interrupted(offline) ?? (await begin(offline, sources, config, io));
    afterStep("begun");
    const total = await countRows(reader, "domain_keys");
    let done = 0;
    for await (const writes of rewrapDomains(reader, deployment.root, next)) {
      commitRoot(writer, writes);
      afterStep("rewrapped");
      done += writes.length;
      io.out(`${done} of ${total} domain keys`);
    }
    if (deployment.root.version !== next.version) switchRoot(offline, next, io.clock());
    afterStep("switched");
    await verifyDomains(reader, next);
    afterStep("verified");
    commitRoot(writer, [retireRoots(next.version)]);
    afterStep("retired");
    versions.delete(next.version);
    next.wipe();
    return {
      facts: [
        ["root key", `version ${next.version}, wrapped by ${storedKinds(closed).join(", ")}`],
        ["retired", `version ${[...versions].join(", ")}`],
        ["domain keys", `${total} under the new root key`],
      ],
      problems: [],
    };
  });
}

/** The version that an interrupted rotation was leading to. */
function interrupted({ deployment: { root }, closed }: Offline): RootKey | undefined {
  const versions = closed.rootKeys.map((each) => each.version);
  const newest = Math.max(...versions);
  return Math.min(...versions) < newest ? root.at(newest) : undefined;
}

/** Makes the next version and has every source wrap it. Throws OperatorError when one cannot be used. */
async function begin(
  { deployment, closed, writer }: Offline,
  sources: readonly RootSource[],
  config: Config,
  { ask }: Pick<Io, "ask">,
): Promise<RootKey> {
  const next = RootKey.generate(deployment.root.version + 1);
  const wrapped: WrappedRootKey[] = [];
  for (const kind of storedKinds(closed)) {
    const known = sources.find((each) => each.kind === kind);
    const source = known ?? sourceOf(kind, closed, config, ask);
    wrapped.push(await wrapRoot(next, source, deployment.id));
  }
  commitRoot(writer, wrapped.map(insertWrappedRoot));
  return next;
}

function switchRoot({ deployment, closed, writer }: Offline, next: RootKey, time: Date): void {
  const details = {
    from: deployment.root.version,
    to: next.version,
    sources: [...storedKinds(closed)],
  };
  const stateKey = next.stateKey();
  writer.rekey(
    {
      relied: [],
      change: { writes: [deployment.resealUnder(next)], versions: [] },
      records: [rootEvent("RotateRootKey", details, time)],
    },
    stateKey,
  );
}
