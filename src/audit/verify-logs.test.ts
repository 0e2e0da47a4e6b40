import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { WrittenLog } from "../../test/support/merkle-log.ts";
import {
  auditKey,
  deployment,
  readerOf,
  records,
  writeLog,
} from "../../test/support/merkle-log.ts";
import { logOrigin } from "./log-checkpoint.ts";
import type { LogsTrust } from "./verify-logs.ts";
import { verifyLogs } from "./verify-logs.ts";

const one = writeLog({ records: records(300) });
const two = writeLog({ boot: 2, records: [], previous: one });
const three = writeLog({ boot: 3, records: records(40, 300), previous: two });
const logs = [one, two, three];

const verify = (given: readonly WrittenLog[], trust: Partial<LogsTrust> = {}) =>
  verifyLogs(
    given.map(({ boot, files }) => ({ boot, reader: readerOf(files) })),
    { deployment, publicKey: auditKey.publicKey, ...trust },
  );
const reasons = (given: readonly WrittenLog[], trust: Partial<LogsTrust> = {}) =>
  verify(given, trust).faults.map(({ boot, reason }) => `${boot}: ${reason}`);
const origin = (boot: number): string => logOrigin(deployment, boot);

test("logs that each go on where the one before ended are verified, in whatever order they come", () => {
  const { faults, logs: verified } = verify([three, one, two]);
  assert.deepEqual(faults, []);
  assert.deepEqual(
    verified.map(({ boot, beginning }) => [boot, beginning?.firstPosition]),
    [
      [1, 1],
      [2, 301],
      [3, 301],
    ],
  );
});

test("a bad record is named by its boot, its place in the log and its position", () => {
  const files = new Map(three.files);
  const bundle = Buffer.from(files.get("tile/entries/000.p/41") ?? []);
  bundle[bundle.length - 1] = 0;
  files.set("tile/entries/000.p/41", bundle);
  const [fault, ...more] = verify([one, two, { ...three, files }]).faults;
  assert.deepEqual(more, []);
  assert.deepEqual([fault?.boot, fault?.index, fault?.position], [3, 40, 340]);
});

test("a missing log is found by the one behind it", () => {
  assert.deepEqual(reasons([one, three]), [
    `3: the log goes on behind ${origin(2)}, which is missing`,
  ]);
  assert.deepEqual(reasons([two, three]), [
    `2: the logs before it are missing: it goes on behind ${origin(1)}`,
  ]);
});

test("logs may be missing in front where their time to be kept is over", () => {
  assert.deepEqual(reasons([two, three], { keptFrom: 301 }), []);
  assert.equal(reasons([two, three], { keptFrom: 300 }).length, 1);
  assert.equal(reasons([one, three], { keptFrom: 301 }).length, 1);
});

test("a log that was put back to an earlier state is found by the one behind it", () => {
  const earlier = writeLog({ records: records(299) });
  const [reason = "", ...more] = reasons([earlier, two, three]);
  assert.deepEqual(more, []);
  assert.match(reason, /^2: the log goes on behind entry 301 of .*\/1, which does not end there/);
});

test("a log that names another size of the one before it is found, even with its root", () => {
  const shorter = { ...one, entries: one.entries.slice(0, -1) };
  const [reason = "", ...more] = reasons([
    one,
    writeLog({ boot: 2, previous: shorter, first: 301 }),
  ]);
  assert.deepEqual(more, []);
  assert.match(reason, /^2: the log goes on behind entry 300 of /);
});

test("positions must go on without a gap and without an overlap", () => {
  for (const first of [300, 302]) {
    const wrong = writeLog({ boot: 2, previous: one, first });
    assert.deepEqual(reasons([one, wrong]), [
      "2: the positions of its records do not continue those of the log before it",
    ]);
  }
  assert.deepEqual(reasons([writeLog({ first: 2 })]), [
    "1: the first log does not begin at position 1",
  ]);
});

test("a log that does not name the one before it is found", () => {
  const alone = writeLog({ boot: 2, first: 301 });
  assert.deepEqual(reasons([one, alone]), ["2: the log does not name the one before it"]);
});

test("a log in the place of another boot's is found", () => {
  const [first] = verify([one, two, { ...two, boot: 3 }]).faults;
  assert.deepEqual([first?.boot, first?.file], [3, "checkpoint"]);
});

test("the newest log cannot be removed from one who remembers its checkpoint", () => {
  assert.deepEqual(reasons([one, two]), [], "nothing else tells");
  const remembered = [{ origin: origin(3), size: 41, root: three.root }];
  assert.deepEqual(reasons(logs, { remembered }), []);
  assert.deepEqual(reasons([one, two], { remembered }), [
    `3: the log ${origin(3)} is missing, of which 41 entries were signed`,
  ]);
  assert.equal(reasons([], { remembered }).length, 1);
});

test("a remembered log may be gone in front where its time to be kept is over", () => {
  const remembered = [{ origin: origin(1), size: 301, root: one.root }];
  assert.deepEqual(reasons([two, three], { remembered, keptFrom: 301 }), []);
  assert.equal(reasons([two, three], { remembered }).length, 2);
});

test("only the newest log may have files behind its checkpoint", () => {
  const ahead = (log: WrittenLog): WrittenLog => ({
    ...log,
    files: new Map(log.files).set("tile/entries/009", Buffer.of(0)),
  });
  assert.deepEqual(reasons([one, two, ahead(three)], { growing: true }), []);
  assert.equal(reasons([one, ahead(two), three], { growing: true }).length, 1);
  assert.equal(reasons([one, two, ahead(three)]).length, 1);
});
