import { compareUtf8 } from "../base/bytes.ts";
import { equalBytes, hmacSha256, sha256 } from "../crypto/hash.ts";

const fanOut = 256;
const digestLength = 32;
const nodeLength = fanOut * digestLength;

/** Bytes of the salt of a tree. */
export const saltLength = 16;

/** What a state digest of the journal begins with when it is one of a tree; those before had 32 bytes and no version. */
const treeDigestVersion = Buffer.of(2);

const bucketLabel = Buffer.from("keywright/version-bucket/v1\n");
const nodeLabel = Buffer.from("keywright/version-node/v1\n");
const topLabel = Buffer.from("keywright/version-tree/v1\n");

/** The digest of a bucket that holds nothing. */
const emptyBucket = Buffer.alloc(digestLength);

/** Whether a state digest of the journal is one of a tree. */
export function isTreeDigest(digest: Uint8Array): boolean {
  return digest.length === treeDigestVersion.length + digestLength;
}

/** The digest of a bucket: of the names and versions of all aggregates in it, in any order. Names hold no line feed. */
export function bucketDigest(versions: ReadonlyMap<string, number>): Buffer {
  if (versions.size === 0) return emptyBucket;
  const lines = [...versions].map(([aggregate, version]) => `${version}\n${aggregate}\n`);
  return sha256(bucketLabel, Buffer.from(lines.toSorted(compareUtf8).join("")));
}

/** A tree with other digests of some buckets, not in force yet. */
export interface NextTree {
  readonly top: Uint8Array;
  settle(): void;
}

/**
 * A hash tree over the versions of all aggregates: 65,536 buckets, 256 nodes, and one top under the state key. A bucket is
 * believed when its digest is the one in the tree, so what is not used is not read; and as it holds every aggregate whose
 * name belongs there, it also tells that one does not exist. The salt keeps clients, who choose names, from filling one bucket.
 */
export class VersionTree {
  readonly #salt: Uint8Array;
  readonly #buckets = Buffer.alloc(fanOut * nodeLength);
  #nodes: Buffer;

  constructor(salt: Uint8Array, buckets: Iterable<readonly [bucket: number, digest: Uint8Array]>) {
    this.#salt = salt;
    for (const [bucket, digest] of buckets) this.#buckets.set(digest, bucket * digestLength);
    this.#nodes = Buffer.concat(
      Array.from({ length: fanOut }, (_, node) => nodeDigest(this.#node(node))),
    );
  }

  /** The bucket that an aggregate belongs to. */
  bucketOf(aggregate: string): number {
    return bucketOf(this.#salt, aggregate);
  }

  /** Whether a bucket holds these versions and no others. */
  holds(bucket: number, versions: ReadonlyMap<string, number>): boolean {
    const start = bucket * digestLength;
    return equalBytes(bucketDigest(versions), this.#buckets.subarray(start, start + digestLength));
  }

  /** The digest of the state for the journal. */
  digest(stateKey: Uint8Array, top: Uint8Array = this.#nodes): Buffer {
    const mac = hmacSha256(stateKey, topLabel, this.#salt, top);
    return Buffer.concat([treeDigestVersion, mac]);
  }

  /** The tree with other digests of some buckets; this one stays as it is until that is settled. */
  with(digests: ReadonlyMap<number, Uint8Array>): NextTree {
    const top = Buffer.from(this.#nodes);
    const changed = new Map<number, Buffer>();
    for (const [bucket, digest] of digests) {
      const number = Math.floor(bucket / fanOut);
      const node = changed.getOrInsertComputed(number, () => Buffer.from(this.#node(number)));
      node.set(digest, (bucket % fanOut) * digestLength);
    }
    for (const [number, node] of changed) top.set(nodeDigest(node), number * digestLength);
    return {
      top,
      settle: () => {
        for (const [number, node] of changed) this.#buckets.set(node, number * nodeLength);
        this.#nodes = top;
      },
    };
  }

  #node(number: number): Buffer {
    return this.#buckets.subarray(number * nodeLength, (number + 1) * nodeLength);
  }
}

/** The bucket that an aggregate belongs to under a salt. */
export function bucketOf(salt: Uint8Array, aggregate: string): number {
  return sha256(salt, Buffer.from(aggregate)).readUInt16BE(0);
}

function nodeDigest(node: Uint8Array): Buffer {
  return sha256(nodeLabel, node);
}
