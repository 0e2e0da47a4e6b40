import type { TrailPosition } from "../../../audit/trail.ts";

/** How far the delivery of a trail has come with the events of one region. Delivery alone changes it. */
export interface Delivery {
  /** Id of the trail. */
  readonly trail: string;
  /** The account of the trail, whose events these are. */
  readonly account: string;
  /** The region of the events. */
  readonly region: string;
  /** Everything up to here has been delivered. */
  readonly position: TrailPosition;
  /** A log file that was begun: when, and what it reaches up to. Until it is known to be stored it is written again, under the same key. */
  readonly begun?: { readonly at: Date; readonly upTo: TrailPosition };
  /** The stop of logging with which delivery ended, in seconds since 1970. */
  readonly ended?: number;
  /** When the next log file is due. */
  readonly nextFileAt: Date;
  /** When the next digest is due, and its hour ends; undefined while the trail writes none. */
  readonly nextDigestAt?: Date;
  /** Files that no digest lists yet. */
  readonly files: readonly DeliveredFile[];
  /** The newest digest: the next one names it. */
  readonly digest?: DeliveredDigest;
  /** What came of trying to deliver files and digests. */
  readonly filesTried?: Attempts;
  readonly digestsTried?: Attempts;
  readonly version: number;
}

export interface DeliveredFile {
  readonly bucket: string;
  readonly object: string;
  /** SHA-256 of the file before its compression, in hex. */
  readonly hash: string;
  /** The records in it came behind this one. */
  readonly after: TrailPosition;
  readonly oldest: Date;
  readonly newest: Date;
}

export interface DeliveredDigest {
  readonly bucket: string;
  readonly object: string;
  /** SHA-256 of the digest before its compression, in hex. */
  readonly hash: string;
  /** In hex. */
  readonly signature: string;
  readonly endsAt: Date;
}

export interface Attempts {
  readonly lastAt: Date;
  readonly succeededAt?: Date;
  /** Of the last one, if it failed: an error code of S3 or KMS. */
  readonly error?: string;
}

/** What the deliveries of all regions of a trail came to, newest first in each. */
export function newestAttempts(attempts: readonly (Attempts | undefined)[]): Attempts | undefined {
  const tried = attempts
    .filter((each) => each !== undefined)
    .toSorted((a, b) => b.lastAt.getTime() - a.lastAt.getTime());
  const [newest] = tried;
  if (newest === undefined) return undefined;
  const successes = tried.flatMap(({ succeededAt }) => succeededAt?.getTime() ?? []);
  return {
    lastAt: newest.lastAt,
    ...(newest.error === undefined ? {} : { error: newest.error }),
    ...(successes.length === 0 ? {} : { succeededAt: new Date(Math.max(...successes)) }),
  };
}
