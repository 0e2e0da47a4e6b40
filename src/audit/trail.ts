import type { KeyTime } from "./key-times.ts";
import type { LookupKey } from "./lookup-attributes.ts";
import type { UsageCount } from "./usage.ts";

/** The events that an account sees in a region. */
export interface TrailScope {
  readonly account: string;
  readonly region: string;
}

/** A place in the order in which records became durable: the first record of a deployment has 1. */
export type TrailPosition = number;

/** Where a page of a lookup ended. */
export interface LookupMark {
  /** Seconds since 1970. */
  readonly time: number;
  readonly position: TrailPosition;
}

export interface LookupQuery extends TrailScope {
  readonly attribute?: { readonly key: LookupKey; readonly value: string };
  /** Seconds since 1970, both inclusive. */
  readonly from?: number;
  readonly to?: number;
  readonly limit: number;
  /** Only events behind this mark. */
  readonly after?: LookupMark;
}

/** An audit record, as it was written. */
export interface TrailRecord {
  readonly position: TrailPosition;
  /** CloudTrail's JSON, byte by byte what the log holds. */
  readonly text: string;
}

export interface LookupPage {
  /** Newest first: by time, then by position. */
  readonly records: readonly TrailRecord[];
  /** Where to go on; undefined behind the last one. */
  readonly next?: LookupMark;
}

export interface TrailSlice {
  /** In the order of their positions. */
  readonly records: readonly TrailRecord[];
  /** Everything up to here has been read. */
  readonly upTo: TrailPosition;
  /** Whether more was there. */
  readonly more: boolean;
}

/** The audit records of a deployment, as services read them. */
export interface Trail {
  /** Resolves when every record that is durable now can be found. */
  settled(): Promise<void>;
  lookup(query: LookupQuery): Promise<LookupPage>;
  /** The records of a scope behind a position, at most so many bytes of them, at least one if there is one. */
  read(scope: TrailScope, after: TrailPosition, bytes: number): Promise<TrailSlice>;
  /** The regions in which an account has records behind a position. */
  regions(account: string, after: TrailPosition): Promise<readonly string[]>;
  /** The newest position whose records can be found. */
  position(): Promise<TrailPosition>;
  /** What accounts used from one hour on until before another, in seconds since 1970. */
  usage(accounts: readonly string[], from: number, to: number): Promise<readonly UsageCount[]>;
  /** The times in which keys of accounts cost something, those that touch a span of seconds since 1970. */
  keyTimes(accounts: readonly string[], from: number, to: number): Promise<readonly KeyTime[]>;
}
