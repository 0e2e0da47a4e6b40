import * as assert from "node:assert/strict";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { CloudTrail } from "@aws-sdk/client-cloudtrail";
import { KMS } from "@aws-sdk/client-kms";
import { S3 } from "@aws-sdk/client-s3";
import { keptInDirectory } from "../s3/elsewhere-support.ts";
import { deliveryPolicy } from "../s3/support.ts";
import { clientSettings } from "../support/sdk.ts";
import { choices } from "./owner.ts";
import type { ServerProcess } from "./process.ts";
import { newFolder, startProcess } from "./process.ts";

const rounds = Number(process.env["KEYWRIGHT_DELIVERY_KILLS"] ?? 6);
const Bucket = "killed-trail-logs";
const kept = keptInDirectory(Bucket);
after(kept.remove);

const often = ["--trail-files-every", "1", "--trail-digests-every", "1"];
const choose = choices(4_711);
/** The request ids of all calls that were answered. */
type Acknowledged = Set<string>;

const settings = (url: string) => clientSettings({ url, clock: { offset: 0 } }, "admin");
const s3At = (url: string) => new S3({ ...settings(url), forcePathStyle: true });

/** Calls until the server is gone. */
async function call(url: string, acknowledged: Acknowledged): Promise<void> {
  const kms = new KMS(settings(url));
  try {
    for (;;) {
      const { $metadata } = await kms.generateRandom({ NumberOfBytes: 1 });
      acknowledged.add(String($metadata.requestId));
    }
  } catch {
    // Killed: what was not answered may have happened or not.
    kms.destroy();
  }
}

interface Delivered {
  readonly Records?: readonly { readonly requestID?: string; readonly eventID: string }[];
  readonly logFiles?: readonly { readonly s3Object: string }[];
}

async function read(url: string, word: string): Promise<Files> {
  const s3 = s3At(url);
  const { Contents = [], IsTruncated } = await s3.listObjectsV2({ Bucket });
  assert.equal(IsTruncated, false);
  const files = new Map<string, Delivered>();
  for (const { Key = "" } of Contents) {
    if (!Key.includes(word)) continue;
    const { Body } = await s3.getObject({ Bucket, Key });
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    files.set(Key, JSON.parse(gunzipSync(bytes).toString()) as Delivered);
  }
  return files;
}

type Files = ReadonlyMap<string, Delivered>;
const recordsOf = (files: Files) => [...files.values()].flatMap(({ Records = [] }) => Records);

const pause = (milliseconds: number) => new Promise((go) => setTimeout(go, milliseconds));

for (const [where, more] of [
  ["its bucket", []],
  ["a directory", ["--buckets", kept.file]],
] as const)
  test(`after ${rounds} kill -9 while a trail delivers into ${where}, each acknowledged call was delivered once, in files that digests list`, async (t) => {
    const acknowledged: Acknowledged = new Set();
    const folder = newFolder();
    t.after(folder.remove);
    const begin = async (): Promise<readonly [ServerProcess, string]> => {
      const server = startProcess(folder, { arguments: [...often, ...more] });
      return [server, await server.ready];
    };
    const [first, firstUrl] = await begin();
    await s3At(firstUrl).createBucket({ Bucket });
    await s3At(firstUrl).putBucketPolicy({ Bucket, Policy: deliveryPolicy(Bucket) });
    const trails = new CloudTrail(settings(firstUrl));
    await trails.createTrail({ Name: "test", S3BucketName: Bucket, EnableLogFileValidation: true });
    await trails.startLogging({ Name: "test" });
    first.child.kill("SIGKILL");
    await first.ended;
    for (let round = 0; round < rounds; round++) {
      const [server, url] = await begin();
      const working = [1, 2, 3].map(() => call(url, acknowledged));
      await pause(900 + choose(400));
      server.child.kill("SIGKILL");
      await Promise.all([...working, server.ended]);
    }
    const [last, url] = await begin();
    let [files, digests] = [
      await read(url, "_CloudTrail_"),
      await read(url, "_CloudTrail-Digest_"),
    ];
    // What the last life left over is delivered within a second or two; nobody waits for ever.
    for (let waited = 0; waited < 60 && !isComplete(acknowledged, files, digests); waited++) {
      await pause(1_000);
      files = await read(url, "_CloudTrail_");
      digests = await read(url, "_CloudTrail-Digest_");
    }
    last.child.kill("SIGTERM");
    assert.equal(await last.ended, 0, last.output());

    const records = recordsOf(files);
    assert.ok(acknowledged.size > rounds);
    assert.deepEqual(acknowledged.difference(requestsIn(files)), new Set());
    assert.equal(new Set(records.map(({ eventID }) => eventID)).size, records.length);
    const listed = listedIn(digests);
    assert.deepEqual(new Set(files.keys()).difference(new Set(listed)), new Set());
    assert.equal(new Set(listed).size, listed.length);
    if (where !== "a directory") return;
    const stored = new Set([...files.keys(), ...digests.keys()]);
    assert.deepEqual(stored.difference(new Set(kept.files())), new Set());
    const hidden = kept.files().filter((name) => name.includes("/."));
    assert.deepEqual(hidden, [], "nothing is left of what a kill interrupted");
  });

function isComplete(acknowledged: Acknowledged, files: Files, digests: Files): boolean {
  return (
    acknowledged.isSubsetOf(requestsIn(files)) &&
    new Set(files.keys()).isSubsetOf(new Set(listedIn(digests)))
  );
}

function requestsIn(files: Files): ReadonlySet<string> {
  return new Set(recordsOf(files).map(({ requestID = "" }) => requestID));
}

function listedIn(digests: Files): readonly string[] {
  return [...digests.values()].flatMap(({ logFiles = [] }) =>
    logFiles.map((file) => file.s3Object),
  );
}
