import * as assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { minute } from "../../src/base/clock.ts";
import { AwsError } from "../../src/base/errors.ts";
import { openPlaces } from "../../src/composition/buckets.ts";
import type { LogFields } from "../../src/server/log.ts";
import type { Places } from "../../src/services/s3/store/places.ts";
import type { Elsewhere } from "./elsewhere-support.ts";
import { keptInDirectory } from "./elsewhere-support.ts";

const now = new Date(1_800_000_000_000);
const later = (minutes: number) => new Date(now.getTime() + minutes * minute);
const unused = async () => false;

describe("where buckets are kept", () => {
  let kept: Elsewhere;
  let places: Places;
  const warnings: (LogFields & { readonly message: string })[] = [];
  before(() => {
    kept = keptInDirectory("bucket");
    places = openPlaces(kept.file, (_level, message, fields) =>
      warnings.push({ message, ...fields }),
    );
  });
  after(() => kept.remove());

  const write = (key: string, text = key, at = now) =>
    places.write("bucket", { key, bytes: Buffer.from(text), headers: {}, metadata: {} }, at);
  const isThere = (key: string) => existsSync(join(kept.directory, key));

  test("what a call may still be writing is not removed before an hour is over", async () => {
    await write("fresh");
    for (const minutes of [0, 59])
      assert.equal(
        await places.remove("bucket", "fresh", { isUsed: unused, now: later(minutes) }),
        "later",
      );
    assert.ok(isThere("fresh"));
    const removed = await places.remove("bucket", "fresh", { isUsed: unused, now: later(60) });
    assert.equal(removed, "removed");
    assert.equal(isThere("fresh"), false);
  });

  test("who deletes an object has its bytes removed at once", async () => {
    await write("deleted");
    places.settle("bucket", "deleted");
    const removed = await places.remove("bucket", "deleted", { isUsed: unused, now });
    assert.equal(removed, "removed");
    assert.equal(isThere("deleted"), false);
  });

  test("what an object uses stays, and counts as done", async () => {
    await write("used");
    places.settle("bucket", "used");
    const isUsed = async () => true;
    assert.equal(await places.remove("bucket", "used", { isUsed, now }), "removed");
    assert.ok(isThere("used"));
  });

  test("who writes while something is removed under the same key comes behind it", async () => {
    await write("turns", "old");
    places.settle("bucket", "turns");
    const asked = Promise.withResolvers<boolean>();
    const removing = places.remove("bucket", "turns", { isUsed: () => asked.promise, now });
    const writing = write("turns", "new");
    // Long enough for who does not wait for the turn.
    await Promise.race([writing, sleep(200)]);
    asked.resolve(false);
    await Promise.all([removing, writing]);
    assert.equal(readFileSync(join(kept.directory, "turns"), "utf8"), "new");
  });

  test("what has come in the place of an object is nothing of ours to remove", async () => {
    for (const make of [mkdirSync, (path: string) => symlinkSync(kept.folder, path)]) {
      await write("x/replaced");
      places.settle("bucket", "x/replaced");
      const path = join(kept.directory, make === mkdirSync ? "x/replaced" : "x");
      rmSync(path, { recursive: true });
      make(path);
      assert.equal(await places.remove("bucket", "x/replaced", { isUsed: unused, now }), "removed");
      assert.ok(existsSync(path));
      rmSync(join(kept.directory, "x"), { recursive: true });
    }
  });

  test("a bucket that is not named has nothing removed, and is asked for again", async () => {
    assert.equal(await places.remove("other", "a", { isUsed: unused, now }), "later");
    assert.equal(places.ownerOf("other"), undefined);
  });

  test("the caller gets S3's words for a failure, and the log what it was", async () => {
    await write("a");
    warnings.length = 0;
    await assert.rejects(write("a/b"), (error: unknown) => {
      assert.ok(error instanceof AwsError);
      assert.equal(error.code, "InvalidArgument");
      assert.doesNotMatch(error.message, /proc|tmp|E[A-Z]{4}/);
      return true;
    });
    kept.remove();
    await assert.rejects(write("b"), (error: unknown) => {
      assert.ok(error instanceof AwsError);
      assert.equal(error.code, "ServiceUnavailableException");
      assert.equal(error.message, "Service is unable to handle request.");
      return true;
    });
    assert.equal(
      await places.remove("bucket", "b", { isUsed: unused, now: later(90) }),
      "failed",
      "whether it is there is not known",
    );
    assert.deepEqual(
      warnings.map(({ bucket }) => bucket),
      ["bucket", "bucket", "bucket"],
    );
    assert.match(String(warnings[1]?.["reason"]), /cannot be used \(ENOENT\)$/);
  });
});
