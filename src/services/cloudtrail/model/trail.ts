import { partitionOf } from "../../../base/arn.ts";
import type { Selectors } from "./selectors.ts";
import type { Span } from "./spans.ts";

/** A trail: which events of an account are delivered, and where. */
export interface Trail {
  /** Unique for ever: one that is created anew under the same name is another trail. */
  readonly id: string;
  readonly account: string;
  /** The region in which it was created, the only one in which it can be changed. */
  readonly homeRegion: string;
  readonly name: string;
  readonly bucket: string;
  /** Without a slash at its end. */
  readonly prefix?: string;
  /** ARN of the key under which files are encrypted. */
  readonly kmsKeyArn?: string;
  /** Whether it delivers the events of all regions. */
  readonly multiRegion: boolean;
  /** Whether it delivers the events of services that belong to no region. */
  readonly globalEvents: boolean;
  /** Whether it delivers signed digests. */
  readonly validation: boolean;
  /** Whether it delivers what CloudTrail itself does to deliver; undefined until somebody chose, which is yes. */
  readonly recursive?: boolean;
  /** Undefined until somebody chose. */
  readonly selectors?: Selectors;
  readonly tags: Readonly<Record<string, string>>;
  readonly logging: boolean;
  /** The times in which it logged, oldest first. */
  readonly spans: readonly Span[];
  readonly startedAt?: Date;
  readonly stoppedAt?: Date;
}

/** The trails of an account whose home is one region: one aggregate. */
export interface TrailSet {
  readonly account: string;
  readonly region: string;
  readonly trails: readonly Trail[];
  /** 0 where there was never a trail. */
  readonly version: number;
}

/** The ARN of what is, or would be, a trail. */
export function trailArn({
  account,
  homeRegion,
  name,
}: Pick<Trail, "account" | "homeRegion" | "name">): string {
  return `arn:${partitionOf(homeRegion)}:cloudtrail:${homeRegion}:${account}:trail/${name}`;
}

/** The set of an account in a region, empty where there is none. */
export function setOf(sets: readonly TrailSet[], account: string, region: string): TrailSet {
  const found = sets.find((set) => set.region === region);
  return found ?? { account, region, trails: [], version: 0 };
}

/** The trails that a region sees: its own, and those of other regions that are for all. */
export function visibleIn(sets: readonly TrailSet[], region: string): readonly Trail[] {
  return sets
    .flatMap(({ trails }) => trails)
    .filter((trail) => trail.homeRegion === region || trail.multiRegion);
}

/** A set with one of its trails replaced. */
export function withTrail(set: TrailSet, trail: Trail): TrailSet {
  const trails = set.trails.map((each) => (each.id === trail.id ? trail : each));
  return { ...set, trails };
}

/** The beginning of the keys of all objects that a trail writes. */
export function deliveryPrefix({ prefix, account }: Pick<Trail, "prefix" | "account">): string {
  return `${prefix === undefined ? "" : `${prefix}/`}AWSLogs/${account}/`;
}
