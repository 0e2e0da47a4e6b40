import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import * as fc from "fast-check";
import { directoryPlace } from "../../src/services/s3/store/directory.ts";
import type { Place } from "../../src/services/s3/store/place.ts";
import { PlaceFailure } from "../../src/services/s3/store/place.ts";
import type { Elsewhere } from "./elsewhere-support.ts";
import { keptInDirectory } from "./elsewhere-support.ts";

const bytes = Buffer.from("what an object holds");
const fails = (kind: PlaceFailure["kind"]) => (error: unknown) =>
  error instanceof PlaceFailure && error.kind === kind;

describe("a directory that a bucket is kept in", () => {
  let kept: Elsewhere;
  let place: Place;
  before(() => {
    kept = keptInDirectory("bucket");
    place = directoryPlace(kept.directory);
  });
  after(() => kept.remove());
  beforeEach(() => {
    for (const name of readdirSync(kept.directory))
      rmSync(join(kept.directory, name), { recursive: true });
  });

  const write = (key: string, content: Uint8Array = bytes) =>
    place.write({ key, bytes: content, headers: {}, metadata: {} });
  const pathOf = (key: string) => join(kept.directory, key);
  async function read(key: string, from = 0, length = bytes.length): Promise<Buffer> {
    const file = await place.open(key, { from, to: length }, length);
    try {
      return Buffer.from(await file.read(length - from));
    } finally {
      await file.close();
    }
  }

  test("has each object under its key, and nothing that was on the way there", async () => {
    await write("a/b/c.json");
    await write("a/b/d e é 😀");
    await write("a/b/c.json", Buffer.from("newer"));
    assert.deepEqual(kept.files(), ["a/b/c.json", "a/b/d e é 😀"]);
    assert.equal(readFileSync(pathOf("a/b/c.json"), "utf8"), "newer");
    assert.deepEqual(await read("a/b/d e é 😀"), bytes);
    assert.deepEqual(await read("a/b/d e é 😀", 5), bytes.subarray(5));
  });

  for (const [what, key] of [
    ["that leads upwards", "a/../../outside"],
    ["that begins with a slash", "/outside"],
    ["that ends with a slash", "a/"],
    ["with an empty name", "a//b"],
    ["with a name that begins with a dot", "a/.hidden"],
    ["of a dot", "./a"],
    ["with a line break", "a\nb"],
    ["with a name that no file can have", `a/${"x".repeat(256)}`],
    ["with a name of too many bytes", `a/${"é".repeat(128)}`],
  ] as const)
    test(`takes no key ${what}`, async () => {
      await assert.rejects(write(key), fails("no such key"));
      await assert.rejects(read(key), fails("no such key"));
      assert.deepEqual(kept.files(), []);
      assert.equal(existsSync(join(kept.folder, "outside")), false);
    });

  test("has no room for an object where another one needs a folder, or the other way round", async () => {
    await write("a");
    await assert.rejects(write("a/b"), fails("no such key"));
    await write("c/d");
    await assert.rejects(write("c"), fails("no such key"));
    assert.deepEqual(kept.files(), ["a", "c/d"]);
    assert.deepEqual(await read("a"), bytes);
  });

  test("holds whatever key it takes within itself", async () => {
    const part = fc.constantFrom("..", ".", "", "a", "b", "\0", " ", "\\", "~", "C:", "%2e%2e");
    const keys = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));
    await fc.assert(
      fc.asyncProperty(keys, async (key) => {
        const around = readdirSync(kept.folder).toSorted();
        const taken = await write(key).then(
          () => true,
          (error: unknown) => {
            assert.ok(error instanceof PlaceFailure);
            return false;
          },
        );
        assert.deepEqual(readdirSync(kept.folder).toSorted(), around);
        if (!taken) return;
        assert.ok(resolve(pathOf(key)).startsWith(kept.directory + sep));
        assert.deepEqual(await read(key), bytes);
        await place.remove(key);
        assert.equal(existsSync(pathOf(key)), false);
      }),
      { numRuns: 100 },
    );
  });

  test("is not left through a link in it", async () => {
    const outside = join(kept.folder, "private");
    mkdirSync(outside, { recursive: true });
    writeFileSync(join(outside, "file"), "secret");
    symlinkSync(outside, pathOf("folder"));
    await assert.rejects(write("folder/file"), fails("no such key"));
    await assert.rejects(read("folder/file"), fails("no such key"));
    await assert.rejects(place.remove("folder/file"), PlaceFailure);
    symlinkSync(join(outside, "file"), pathOf("link"));
    await assert.rejects(read("link"), fails("no such key"));
    await write("link");
    assert.ok(lstatSync(pathOf("link")).isFile());
    assert.deepEqual(readdirSync(outside), ["file"]);
    assert.equal(readFileSync(join(outside, "file"), "utf8"), "secret");
  });

  test("is written to without touching a file that has the name of an unfinished one", async () => {
    const outside = join(kept.folder, "linked");
    writeFileSync(outside, "secret");
    const hash = createHash("sha256").update("key").digest("hex").slice(0, 32);
    linkSync(outside, pathOf(`.keywright-${hash}`));
    await write("key");
    assert.equal(readFileSync(outside, "utf8"), "secret");
    assert.deepEqual(kept.files(), ["key"]);
  });

  test("leaves nothing of what it could not finish", async () => {
    mkdirSync(pathOf("a/b"), { recursive: true });
    await assert.rejects(write("a"), fails("no such key"));
    assert.deepEqual(readdirSync(kept.directory), ["a"]);
  });

  test("does not wait for what is no file", async () => {
    assert.equal(spawnSync("mkfifo", [pathOf("pipe")]).status, 0);
    await assert.rejects(read("pipe"), fails("unavailable"));
    mkdirSync(pathOf("folder"));
    await assert.rejects(read("folder"), fails("unavailable"));
  });

  test("hands its group on where it is made to", async () => {
    mkdirSync(pathOf("group"), { mode: 0o755 });
    assert.equal(spawnSync("chmod", ["g+s", pathOf("group")]).status, 0);
    await write("group/a/b/file");
    for (const folder of ["group/a", "group/a/b"])
      assert.equal(statSync(pathOf(folder)).mode & 0o7777, 0o2750);
    assert.equal(statSync(pathOf("group")).mode & 0o777, 0o755, "it was there before");
  });

  test("is as good as unavailable while it is away, and nothing is made in its place", async () => {
    await write("a");
    const away = join(kept.folder, "away");
    renameSync(kept.directory, away);
    await assert.rejects(write("b"), fails("unavailable"));
    await assert.rejects(read("a"), fails("unavailable"));
    await assert.rejects(place.remove("a"), fails("unavailable"));
    assert.equal(existsSync(kept.directory), false);
    renameSync(away, kept.directory);
    await write("b");
    assert.deepEqual(kept.files(), ["a", "b"]);
  });

  test("is not taken for another one that comes to its place, as when a file system is unmounted", async () => {
    await write("a");
    const away = join(kept.folder, "away");
    renameSync(kept.directory, away);
    mkdirSync(kept.directory);
    await assert.rejects(write("b"), fails("unavailable"));
    await assert.rejects(place.remove("a"), fails("unavailable"));
    assert.deepEqual(kept.files(), []);
    rmSync(kept.directory, { recursive: true });
    renameSync(away, kept.directory);
    await write("b");
    assert.deepEqual(kept.files(), ["a", "b"]);
  });

  test("says which object it lacks", async () => {
    await write("a/b");
    await assert.rejects(read("a/c"), fails("no object"));
    await assert.rejects(read("b/c"), fails("no object"));
  });

  test("removes an object, and what is not there as well", async () => {
    await write("a/b");
    await write("a/c");
    await place.remove("a/b");
    await place.remove("a/b");
    await place.remove("x/y");
    assert.deepEqual(kept.files(), ["a/c"]);
    assert.equal(dirname(kept.files()[0] ?? ""), "a");
  });
});
