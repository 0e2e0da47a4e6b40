import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { globSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
} from "@aws-sdk/client-s3";
import type { TestServer } from "../support/keywright.ts";
import { startKeywright } from "../support/keywright.ts";
import { connectS3, deliveryPolicy, putAll } from "./support.ts";

const Bucket = "bucket-on-a-bad-disk";
const body = randomBytes(150_000);

describe("a file of an object", () => {
  let server: TestServer;
  before(async () => {
    server = await startKeywright();
    const s3 = connectS3(server);
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: deliveryPolicy(Bucket) }));
  });
  after(() => server.close());

  const files = (): readonly string[] =>
    globSync(join(server.folder, "objects", "*", "*")).filter((path) => statSync(path).isFile());

  /** Puts an object and returns its file. */
  async function stored(Key: string): Promise<string> {
    const known = new Set(files());
    await putAll(server, { Bucket, Key, Body: body });
    const [path = ""] = files().filter((each) => !known.has(each));
    return path;
  }
  const read = async (Key: string, Range?: string) => {
    const answer = await connectS3(server).send(new GetObjectCommand({ Bucket, Key, Range }));
    return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
  };

  test("holds nothing of the object in the clear, and is its owner's alone", async () => {
    const path = await stored("sealed");
    assert.equal(readFileSync(path).includes(body.subarray(0, 16)), false);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(await read("sealed"), body);
  });

  for (const [what, damage] of [
    ["was altered at its beginning", (path: string) => flip(path, 20)],
    ["was altered at its end", (path: string) => flip(path, 150_000)],
    ["was cut off", (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 70_000))],
    ["was emptied", (path: string) => writeFileSync(path, "")],
    ["is gone", (path: string) => rmSync(path)],
  ] as const)
    test(`that ${what} never gives a complete answer`, async () => {
      const Key = `that ${what}`;
      damage(await stored(Key));
      await assert.rejects(
        read(Key),
        (error: Error) => !("$fault" in error) || error.name === "Error",
      );
    });

  test("that was altered still gives the parts that were not", async () => {
    flip(await stored("parts"), 150_000);
    assert.deepEqual(await read("parts", "bytes=10-65545"), body.subarray(10, 65_546));
    await assert.rejects(read("parts", "bytes=140000-"));
  });

  test("cannot take the place of another", async () => {
    const [one, two] = [await stored("one"), await stored("two")];
    writeFileSync(one, readFileSync(two));
    await assert.rejects(read("one"));
  });

  test("goes once no object has used it for an hour, and not before", async () => {
    const path = await stored("deleted");
    const kept = await stored("kept");
    const old = new Date(Date.now() - 61 * 60_000);
    for (const each of [path, kept]) utimesSync(each, old, old);
    await server.sweep();
    assert.ok(files().includes(path), "it is in use");
    await connectS3(server).send(new DeleteObjectCommand({ Bucket, Key: "deleted" }));
    utimesSync(path, new Date(), new Date());
    await server.sweep();
    assert.ok(files().includes(path), "it may be of a call under way");
    utimesSync(path, old, old);
    await server.sweep();
    assert.equal(files().includes(path), false);
    assert.deepEqual(await read("kept"), body);
  });
});

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
