import { fileURLToPath } from "node:url";

/** What V8 writes with --cpu-prof: a tree of calls, and which of its nodes was on top at each sample. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
  };
  readonly children?: readonly number[];
}

/** A function of the service: its own time, and with it the time of what Node did directly for it. Microseconds. */
export interface Cost {
  readonly place: string;
  /** First folder below src/; `node` for what nothing of src/ asked for. */
  readonly folder: string;
  readonly self: number;
  readonly withNode: number;
}

const source = fileURLToPath(new URL("../src/", import.meta.url));

/** Adds up a profile by function of src/; what Node does outside of any is a row of its own. Idle time is left out. */
export function costsOf(profile: CpuProfile): readonly Cost[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const times = selfTimes(profile);
  const costs = new Map<string, Cost>();
  const visit = (node: ProfileNode, owner: Place | undefined): void => {
    const own = placeOf(node);
    const charged = own ?? owner ?? outside(node);
    const time = node.callFrame.functionName === "(idle)" ? 0 : (times.get(node.id) ?? 0);
    const before = costs.get(charged.place) ?? { ...charged, self: 0, withNode: 0 };
    const self = own === undefined ? 0 : time;
    costs.set(charged.place, {
      ...before,
      self: before.self + self,
      withNode: before.withNode + time,
    });
    for (const id of node.children ?? []) {
      const child = nodes.get(id);
      if (child !== undefined) visit(child, own ?? owner);
    }
  };
  const [root] = profile.nodes;
  if (root !== undefined) visit(root, undefined);
  return [...costs.values()].filter(({ withNode }) => withNode > 0);
}

function selfTimes({ samples, timeDeltas }: CpuProfile): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  // A sample's node was on top until the next sample.
  for (const [index, id] of samples.entries())
    times.set(id, (times.get(id) ?? 0) + (timeDeltas[index + 1] ?? 0));
  return times;
}

type Place = Pick<Cost, "place" | "folder">;

function placeOf({ callFrame }: ProfileNode): Place | undefined {
  const { url, functionName, lineNumber } = callFrame;
  const path = url.startsWith("file:") ? fileURLToPath(url) : "";
  if (!path.startsWith(source)) return undefined;
  const file = path.slice(source.length);
  const [folder = ""] = file.split("/");
  return { folder, place: `${functionName || "(anonymous)"} src/${file}:${lineNumber + 1}` };
}

function outside({ callFrame: { functionName, url } }: ProfileNode): Place {
  return { folder: "node", place: `${functionName || "(anonymous)"} ${url}`.trim() };
}
