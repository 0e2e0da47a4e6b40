import { fileURLToPath } from "node:url";

/** What V8 writes with --cpu-prof: a tree of calls, and which of its nodes was on top at each sample. */
export interface CpuProfile {
  /** Microseconds of the machine's monotonic clock. */
  readonly startTime: number;
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
  /** First folder below src/; a part of Node for what nothing of src/ asked for. */
  readonly folder: string;
  readonly self: number;
  readonly withNode: number;
}

const source = fileURLToPath(new URL("../src/", import.meta.url));

/** Two moments of the machine's monotonic clock, in microseconds. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** Adds up a period of a profile by function of src/; what Node does outside of any is a row of its own. Idle time is left out. */
export function costsOf(profile: CpuProfile, period: Period): readonly Cost[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const times = selfTimes(profile, period);
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

function selfTimes(
  { startTime, samples, timeDeltas }: CpuProfile,
  { from, to }: Period,
): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  let now = startTime;
  for (const [index, id] of samples.entries()) {
    now += timeDeltas[index] ?? 0;
    // A sample's node was on top until the next sample.
    if (now >= from && now < to) times.set(id, (times.get(id) ?? 0) + (timeDeltas[index + 1] ?? 0));
  }
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

const partsOfNode: readonly (readonly [string, RegExp])[] = [
  ["node: garbage collector", /^\(garbage collector\)/],
  ["node: native code", /^\(program\)/],
  ["node: HTTP", / node:.*http/],
  ["node: TLS", / node:.*tls/],
  ["node: streams and sockets", / node:.*(stream|net|buffer)/],
];

function outside({ callFrame: { functionName, url } }: ProfileNode): Place {
  const place = `${functionName || "(anonymous)"} ${url}`.trim();
  const folder = partsOfNode.find(([, pattern]) => pattern.test(place))?.[0] ?? "node: the rest";
  return { folder, place };
}
