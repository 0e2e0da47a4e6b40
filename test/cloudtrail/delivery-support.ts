import * as assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { CloudTrail } from "@aws-sdk/client-cloudtrail";
import type { InsideCall } from "../../src/api/invoke.ts";
import type { ErrorCode } from "../../src/base/errors.ts";
import { AwsError } from "../../src/base/errors.ts";
import { randomIds } from "../../src/crypto/random.ts";
import type { Committer } from "../../src/database/commit.ts";
import { deliver } from "../../src/services/cloudtrail/delivery/deliver.ts";
import type { Deliverer } from "../../src/services/cloudtrail/delivery/region-delivery.ts";
import { account } from "../support/keywright.ts";
import type { TrailServer } from "./support.ts";
import { connectTrail } from "./support.ts";

export const hour = 3_600_000;
export const fiveMinutes = 300_000;

interface Kept {
  readonly bytes: Buffer;
  readonly metadata: Readonly<Record<string, string | undefined>>;
  readonly input: InsideCall["input"];
  readonly context: InsideCall["context"];
}

export interface Digest {
  readonly digestEndTime: string;
  readonly digestStartTime: string;
  readonly digestS3Bucket: string;
  readonly digestS3Object: string;
  readonly digestPublicKeyFingerprint: string;
  readonly previousDigestS3Object: string | null;
  readonly previousDigestHashValue: string | null;
  readonly previousDigestSignature: string | null;
  readonly logFiles: readonly { readonly s3Object: string; readonly hashValue: string }[];
}

/** What trails wrote, and what a test wants writing to end with. */
export class Bucket {
  readonly objects = new Map<string, Kept>();
  /** Keys in the order of writing, those that were written again too. */
  readonly writes: string[] = [];
  readonly faults = new Map<string, ErrorCode | Error>();

  readonly inside = async ({ operation, input, context }: InsideCall): Promise<unknown> => {
    assert.equal(operation, "PutObject");
    const { Bucket: bucket, Key: key, Body: body, Metadata: metadata } = input;
    const fault = this.faults.get(String(bucket));
    if (fault instanceof Error) throw fault;
    if (fault !== undefined) throw new AwsError(fault);
    this.writes.push(`${bucket}/${key}`);
    this.objects.set(`${bucket}/${key}`, {
      bytes: gunzipSync(Buffer.from(String(body), "base64")),
      metadata: metadata as Kept["metadata"],
      input,
      context,
    });
    return {};
  };

  /** Keys with a word in them, in order. */
  keys(word: string): readonly string[] {
    return [...this.objects.keys()].filter((key) => key.includes(word)).toSorted();
  }

  get(key: string): Kept {
    const found = this.objects.get(key);
    if (found === undefined) throw new assert.AssertionError({ message: `${key} is not there` });
    return found;
  }

  /** The names of the events that were delivered, file by file in the order of writing. */
  events(word = "_CloudTrail_"): readonly string[] {
    const files = [...this.objects].filter(([key]) => key.includes(word));
    return files.flatMap(([, { bytes }]) => recordsIn(bytes).map(({ eventName }) => eventName));
  }

  digest(key: string): Digest {
    return JSON.parse(this.get(key).bytes.toString()) as Digest;
  }
}

interface DeliveredRecord {
  readonly eventName: string;
  readonly eventID?: string;
}

export function recordsIn(bytes: Uint8Array): readonly DeliveredRecord[] {
  const file = JSON.parse(Buffer.from(bytes).toString()) as {
    readonly Records: readonly DeliveredRecord[];
  };
  return file.Records;
}

/** Delivery of a server into a bucket of the test. */
export function delivererOf(
  server: TrailServer,
  bucket: Pick<Bucket, "inside">,
  committer: Committer = server.committer,
): Deliverer {
  return {
    tools: {
      trails: server.trails,
      digestKeys: server.digestKeys,
      reader: server.reader,
      records: server.trail,
    },
    committer,
    inside: bucket.inside,
    ids: randomIds,
    every: { file: fiveMinutes, digest: hour },
    stopping: () => false,
    onFailure: (trail, error) => void server.failures.push(`${trail} ${error}`),
  };
}

/** Delivers what is due when so much time has gone by; the moment at which it did. */
export async function deliverAfter(
  server: TrailServer,
  bucket: Pick<Bucket, "inside">,
  milliseconds: number,
  committer?: Committer,
): Promise<Date> {
  server.clock.offset += milliseconds;
  const now = new Date(Date.now() + server.clock.offset);
  await deliver(delivererOf(server, bucket, committer), now);
  return now;
}

/** Checks a chain of digests from its newest back to its first, as AWS documents it, and returns it, newest first. */
export async function checkChain(
  server: TrailServer,
  bucket: Bucket,
  newest: string,
  region = "us-east-1",
): Promise<readonly Digest[]> {
  const chain: Digest[] = [];
  for (let key: string | null = newest; key !== null; ) {
    const digest: Digest = bucket.digest(key);
    await checkSignature(server, bucket, digest, region);
    for (const { s3Object, hashValue } of digest.logFiles)
      assert.equal(hexHash(bucket.get(`${digest.digestS3Bucket}/${s3Object}`).bytes), hashValue);
    chain.push(digest);
    if (digest.previousDigestS3Object === null) return chain;
    key = `${digest.digestS3Bucket}/${digest.previousDigestS3Object}`;
    assert.equal(hexHash(bucket.get(key).bytes), digest.previousDigestHashValue);
    assert.equal(bucket.get(key).metadata["signature"], digest.previousDigestSignature);
    assert.equal(bucket.digest(key).digestEndTime, digest.digestStartTime);
  }
  return chain;
}

async function checkSignature(server: TrailServer, bucket: Bucket, digest: Digest, region: string) {
  const place = `${digest.digestS3Bucket}/${digest.digestS3Object}`;
  const { bytes, metadata } = bucket.get(place);
  const { keys } = await server.digestKeys.list(region);
  const { publicKey = Buffer.alloc(0) } =
    keys.find(({ fingerprint }) => fingerprint === digest.digestPublicKeyFingerprint) ?? {};
  const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "pkcs1" });
  const previous = digest.previousDigestSignature ?? "null";
  const text = [digest.digestEndTime, place, hexHash(bytes), previous].join("\n");
  assert.equal(metadata["signature-algorithm"], "SHA256withRSA");
  const signature = Buffer.from(metadata["signature"] ?? "", "hex");
  assert.ok(verify("sha256", Buffer.from(text), key, signature), place);
}

function hexHash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A trail of its own for one test, deleted behind it. */
export async function withTrail(
  server: TrailServer,
  settings: Partial<Parameters<CloudTrail["createTrail"]>[0]>,
  prove: (cloudtrail: CloudTrail, bucket: Bucket) => Promise<void>,
): Promise<void> {
  const cloudtrail = connectTrail(server);
  const Name = "delivering";
  await cloudtrail.createTrail({ Name, S3BucketName: "logs", ...settings });
  await cloudtrail.startLogging({ Name });
  try {
    await prove(cloudtrail, new Bucket());
  } finally {
    await connectTrail(server).deleteTrail({ Name });
  }
}

/** A record of a call on KMS in us-east-1 that happened now. */
export function eventText(server: TrailServer, eventName: string, more: object = {}): string {
  return JSON.stringify({
    eventTime: `${new Date(Date.now() + server.clock.offset).toISOString().slice(0, 19)}Z`,
    eventSource: "kms.amazonaws.com",
    eventName,
    awsRegion: "us-east-1",
    readOnly: true,
    eventCategory: "Management",
    managementEvent: true,
    recipientAccountId: account,
    // Text that another writer of JSON may write otherwise.
    note: "a\u2028b/\u003c é",
    ...more,
  });
}

/** Lets a call on KMS happen now. */
export function happen(server: TrailServer, eventName: string, more?: object): void {
  server.trail.add(eventText(server, eventName, more));
}
