import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { Files } from "../../test/support/merkle-log.ts";
import {
  auditKey,
  checkpointOf,
  deployment,
  filesOf,
  readerOf,
  records,
  writeLog,
} from "../../test/support/merkle-log.ts";
import { generateSigningKey } from "../crypto/signature.ts";
import { logOrigin } from "./log-checkpoint.ts";
import { signNote } from "./note.ts";
import { tilePath } from "./tiles.ts";
import type { LogTrust, LogVerification } from "./verify-log.ts";
import { verifyLog } from "./verify-log.ts";

const verify = (files: Files, trust: Partial<LogTrust> = {}): LogVerification =>
  verifyLog(readerOf(files), { deployment, boot: 1, publicKey: auditKey.publicKey, ...trust });

const all = records(600);
const log = writeLog({ records: all });
const withFiles = (
  changes: Readonly<Record<string, Buffer | undefined>>,
  files: Files = log.files,
) => {
  const changed = new Map(files);
  for (const [name, bytes] of Object.entries(changes))
    if (bytes === undefined) changed.delete(name);
    else changed.set(name, bytes);
  return changed;
};
const file = (name: string, files: Files = log.files): Buffer => {
  const bytes = files.get(name);
  assert.ok(bytes !== undefined, name);
  return bytes;
};
const flip = (name: string, at: number, files: Files = log.files): Files => {
  const bytes = Buffer.from(file(name, files));
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return withFiles({ [name]: bytes }, files);
};
const first = ({ faults }: LogVerification) => {
  const [fault] = faults;
  assert.ok(fault !== undefined, "nothing was found");
  const { file, index, position } = fault;
  return [file, index, position];
};
/** A fault of a file of which no single record is wrong. */
const fileOnly = (name: string) => [name, undefined, undefined];

test("an intact log is verified at every size", () => {
  for (const size of [0, 1, 2, 254, 255, 256, 510, 511, 512, 599]) {
    const { files, entries, root } = writeLog({ records: all.slice(0, size) });
    const { faults, checkpoint, beginning } = verify(files);
    assert.deepEqual(faults, [], `${size} records`);
    assert.deepEqual(checkpoint, {
      origin: logOrigin(deployment, 1),
      size: entries.length,
      root,
    });
    assert.deepEqual(beginning, { boot: 1, firstPosition: 1 });
  }
});

test("a log of more than 65,536 records, whose tiles have three levels, is verified and its bad record found", () => {
  const many = Array.from({ length: 66_100 }, (_, index) => Buffer.from(`{"record":${index}}`));
  const { files } = writeLog({ records: many });
  assert.ok(files.has("tile/2/000.p/1"));
  assert.deepEqual(verify(files).faults, []);
  assert.deepEqual(first(verify(flip("tile/1/000", 5_000, files))), fileOnly("tile/1/000"));
  assert.deepEqual(first(verify(flip("tile/2/000.p/1", 3, files))), fileOnly("tile/2/000.p/1"));
  assert.deepEqual(first(verify(flip("tile/0/200", 0, files))), fileOnly("tile/0/200"));
  assert.deepEqual(first(verify(flip("tile/entries/200", 2, files))), [
    "tile/entries/200",
    51_200,
    51_200,
  ]);
});

test("a record that was replaced together with all hashes above it is found by the signature", () => {
  const forged = log.entries.with(300, Buffer.from("{}"));
  const { files } = filesOf(forged, logOrigin(deployment, 1));
  const replaced = withFiles({ checkpoint: file("checkpoint"), settled: file("settled") }, files);
  assert.notDeepEqual(verify(replaced).faults, []);
});

test("records that were replaced together with their own tile alone are found", () => {
  for (const index of [300, 590]) {
    const forged = filesOf(log.entries.with(index, Buffer.from("{}")), "forged").files;
    const bundle = Math.floor(index / 256);
    const width = Math.min(log.entries.length - bundle * 256, 256);
    const [entries, tile] = [tilePath("entries", bundle, width), tilePath(0, bundle, width)];
    const changed = withFiles({
      [entries]: file(entries, forged),
      [tile]: file(tile, forged),
    });
    const { faults } = verify(changed);
    assert.ok(faults.length > 0);
    assert.ok(faults.some((fault) => [entries, tile, "checkpoint"].includes(fault.file)));
  }
});

test("where both a record and a tile are wrong, both are named", () => {
  const { faults } = verify(flip("tile/0/000", 40, flip("tile/entries/001", 10)));
  assert.deepEqual(
    faults.map((fault) => [fault.file, fault.index]),
    [
      ["tile/0/000", undefined],
      ["tile/entries/001", 256],
    ],
  );
});

test("a missing tile does not hide a bad record", () => {
  const { faults } = verify(flip("tile/entries/000", 10, withFiles({ "tile/0/000": undefined })));
  assert.deepEqual(
    faults.map((fault) => [fault.file, fault.index]),
    [
      ["tile/0/000", undefined],
      ["tile/entries/000", 0],
    ],
  );
});

test("a checkpoint of another boot, deployment or key is none of this log's", () => {
  const { root } = log;
  for (const checkpoint of [
    checkpointOf(logOrigin(deployment, 2), 601, root),
    checkpointOf(logOrigin("00000000-0000-4000-8000-000000000000", 1), 601, root),
    checkpointOf(logOrigin(deployment, 1), 601, root, generateSigningKey()),
  ])
    assert.deepEqual(first(verify(withFiles({ checkpoint }))), fileOnly("checkpoint"));
  const text = (boot: number): string =>
    `${logOrigin(deployment, boot)}\n601\n${root.toString("base64")}\n`;
  const named = (boot: number): Buffer => {
    const { privateKey, publicKey } = auditKey;
    return Buffer.from(signNote(text(boot), logOrigin(deployment, 1), privateKey, publicKey));
  };
  assert.deepEqual(verify(withFiles({ checkpoint: named(1) })).faults, []);
  assert.deepEqual(first(verify(withFiles({ checkpoint: named(2) }))), fileOnly("checkpoint"));
  const twice = Buffer.concat([named(1), named(1).subarray(text(1).length + 1)]);
  assert.deepEqual(first(verify(withFiles({ checkpoint: twice }))), fileOnly("checkpoint"));
  const { files } = writeLog({ records: all.slice(0, 3), boot: 2 });
  assert.deepEqual(first(verify(files)), fileOnly("checkpoint"));
});

test("a file that is none of the log's is found", () => {
  const stray = file("tile/0/000");
  for (const name of [
    "tile/0/002",
    "tile/3/000",
    "tile/0/000.p/256",
    "tile/entries/003",
    "x",
    "tile/00/000",
    "tile/0/001.p/7",
    "checkpoint.new",
  ])
    assert.deepEqual(first(verify(withFiles({ [name]: stray }))), fileOnly(name));
  const { faults } = verifyLog(
    { list: () => [...log.files.keys(), "tile/0/000"], read: (name) => log.files.get(name) },
    { deployment, boot: 1, publicKey: auditKey.publicKey },
  );
  assert.deepEqual(
    faults.map((fault) => fault.file),
    ["tile/0/000"],
  );
});

test("of a log that grows, files behind its checkpoint are counted, and others are still found", () => {
  const behind = withFiles({
    "tile/0/002.p/90": file("tile/0/002.p/89"),
    "tile/entries/002": file("tile/entries/001"),
    "checkpoint.new": Buffer.of(),
  });
  const { faults, unsigned } = verify(behind, { growing: true });
  assert.deepEqual(faults, []);
  assert.equal(unsigned, 3);
  assert.equal(verify(behind).faults.length, 3);
  for (const name of ["tile/0/001.p/7", "tile/entries/000.p/3", "other"])
    assert.deepEqual(
      first(verify(withFiles({ [name]: Buffer.of(1) }), { growing: true })),
      fileOnly(name),
    );
});

test("a log that grows while it is read is verified at a checkpoint whose files are all there", () => {
  const before = writeLog({ records: all.slice(0, 400) }).files;
  let current: Files = before;
  const read = (name: string): Buffer | undefined => {
    const bytes = current.get(name);
    if (name === "checkpoint") current = log.files;
    return bytes;
  };
  const trust = { deployment, boot: 1, publicKey: auditKey.publicKey };
  const found = verifyLog({ list: () => current.keys(), read }, { ...trust, growing: true });
  assert.deepEqual(found.faults, []);
  assert.equal(found.checkpoint?.size, 601);
  current = before;
  assert.notDeepEqual(verifyLog({ list: () => current.keys(), read }, trust).faults, []);
});

test("a log that grows on while it is read is compared with older checkpoints all the same", () => {
  const later = writeLog({ records: records(650) }).files;
  const older = writeLog({ records: all.slice(0, 400) });
  let current: Files = log.files;
  const list = () => {
    current = later;
    return later.keys();
  };
  const remembered = [{ size: older.entries.length, root: older.root }];
  const trust = { deployment, boot: 1, publicKey: auditKey.publicKey, growing: true, remembered };
  const found = verifyLog({ list, read: (name) => current.get(name) }, trust);
  assert.deepEqual(found.faults, []);
  assert.equal(found.checkpoint?.size, 601);
});

test("the settled checkpoint must be one that the log continues, and its partial files what they were", () => {
  const older = writeLog({ records: all.slice(0, 520) }).files;
  const settled = file("checkpoint", older);
  const [tile, bundle] = ["tile/0/002.p/9", "tile/entries/002.p/9"];
  const interrupted = withFiles({
    settled,
    [tile]: file(tile, older),
    [bundle]: file(bundle, older),
    "tile/1/000.p/2": file("tile/1/000.p/2", older),
  });
  assert.deepEqual(verify(interrupted).faults, []);
  for (const name of [tile, bundle])
    assert.deepEqual(first(verify(flip(name, 7, interrupted))), fileOnly(name));
  const alone = withFiles({ settled }, log.files);
  for (const at of [3, 130])
    assert.deepEqual(first(verify(flip("settled", at, alone))), fileOnly("settled"));
  assert.deepEqual(first(verify(withFiles({ settled: undefined }))), fileOnly("settled"));
  const other = writeLog({ records: records(520, 9) }).files;
  const diverged = withFiles({ settled: file("checkpoint", other) });
  assert.deepEqual(first(verify(diverged)), fileOnly("settled"));
  const longer = writeLog({ records: records(620) }).files;
  assert.deepEqual(
    first(verify(withFiles({ settled: file("checkpoint", longer) }))),
    fileOnly("settled"),
  );
});

test("a log must continue the checkpoints that are remembered of it", () => {
  for (const count of [0, 1, 255, 256, 511, 599, 600]) {
    const { entries, root } = writeLog({ records: all.slice(0, count) });
    const remembered = [{ size: entries.length, root }];
    assert.deepEqual(verify(log.files, { remembered }).faults, [], `${count} records`);
    const other = [{ size: entries.length + 1, root }];
    assert.notDeepEqual(verify(log.files, { remembered: other }).faults, []);
  }
  const longer = writeLog({ records: records(601) });
  const remembered = [{ size: 602, root: longer.root }];
  assert.notDeepEqual(verify(log.files, { remembered }).faults, []);
});

test("records may be missing only where their time to be kept is over, in whole files, and never the first file", () => {
  const lacking = (name: string, keptFrom: number) =>
    verify(withFiles({ [name]: undefined }), { keptFrom });
  // Bundle 1 has the entries 256 to 511, which are the records 256 to 511.
  assert.deepEqual(first(lacking("tile/entries/001", 511)), ["tile/entries/001", 256, 256]);
  const { faults, lacking: count } = lacking("tile/entries/001", 512);
  assert.deepEqual(faults, []);
  assert.equal(count, 256);
  assert.deepEqual(first(lacking("tile/entries/000", 10_000)), ["tile/entries/000", 0, undefined]);
  assert.deepEqual(first(lacking("tile/0/001", 10_000)), fileOnly("tile/0/001"));
});

test("a log must begin with an entry that says which boot it is of", () => {
  const begin = (entry: string): Files =>
    filesOf([Buffer.from(entry), ...all.slice(0, 3)], logOrigin(deployment, 1)).files;
  const details = { boot: 1, firstPosition: 1 };
  const event = (changes: object = {}, more: object = {}): string =>
    JSON.stringify({
      eventName: "BeginLog",
      eventSource: "keywright",
      serviceEventDetails: { ...details, ...changes },
      ...more,
    });
  assert.deepEqual(verify(begin(event())).faults, []);
  const others = [
    "{}",
    "not JSON",
    "[]",
    event({}, { eventName: "Decrypt" }),
    event({}, { eventSource: "kms.amazonaws.com" }),
    event({}, { serviceEventDetails: null }),
    event({ boot: 2 }),
    event({ boot: "1" }),
    event({ firstPosition: 0 }),
    event({ previousOrigin: "keywright/x/1" }),
    event({ previousOrigin: "o", previousSize: 3, previousRootHash: "AAAA" }),
  ];
  for (const each of others)
    assert.deepEqual(first(verify(begin(each))), fileOnly("checkpoint"), each);
});
