import * as assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import {
  account,
  deployment,
  record,
  region,
  settle,
  signing,
  texts,
} from "../../../test/support/log-deployment.ts";
import { openNote, verifierKey } from "../../audit/note.ts";
import { OperatorError } from "../../base/errors.ts";
import { lookup, positionsOf, regionsOf } from "./lookup.ts";
import { Sequencer } from "./sequencer.ts";

test("every record of the journal is in the log, in order, and the log is signed", (t) => {
  const place = deployment(t);
  const sequencer = Sequencer.open(place.options);
  const written = Array.from({ length: 1_000 }, (_, id) => record(id));
  for (let at = 0; at < 1_000; at += 100) {
    place.append(...written.slice(at, at + 100));
    if (at % 300 === 0) settle(sequencer);
    place.sign();
  }
  settle(sequencer);
  assert.equal(sequencer.position, 1_000);
  assert.deepEqual(texts(sequencer, 1, 1_001), written);
  const note = place.checkpoint(1);
  const opened = openNote(note, [verifierKey("keywright/deployment-1/1", signing.publicKey)]);
  assert.match(opened?.text ?? "", /^keywright\/deployment-1\/1\n1001\n/);
  sequencer.close();
});

test("only records that are durable are taken up", (t) => {
  const place = deployment(t);
  let durable = 0;
  const sequencer = Sequencer.open({ ...place.options, durable: () => durable });
  place.append(record(1), record(2), record(3));
  assert.equal(sequencer.take(), false);
  durable = 2;
  settle(sequencer);
  assert.equal(sequencer.position, 2);
  durable = 3;
  settle(sequencer);
  assert.equal(sequencer.position, 3);
  sequencer.close();
});

test("what was taken up counts as found once it is published, and no sooner", (t) => {
  const place = deployment(t);
  const sequencer = Sequencer.open(place.options);
  place.append(record(1), record(2));
  settle(sequencer);
  place.append(record(3));
  assert.equal(sequencer.take(), true);
  assert.equal(sequencer.position, 2);
  assert.deepEqual([...positionsOf(sequencer.connection, { account, region }, 0)], [1, 2]);
  sequencer.publish();
  assert.equal(sequencer.position, 3);
  assert.deepEqual([...positionsOf(sequencer.connection, { account, region }, 0)], [1, 2, 3]);
  sequencer.close();
});

test("the next boot finishes the log of the one before, and begins behind it", (t) => {
  const place = deployment(t);
  const first = Sequencer.open(place.options);
  place.append(record(1), record(2));
  settle(first);
  // A crash: nothing is settled, and more became durable.
  place.append(record(3));
  place.restartJournal();
  place.append(record(4));
  const second = Sequencer.open(place.options);
  assert.deepEqual(
    texts(second, 1, 5),
    [1, 2, 3, 4].map((id) => record(id)),
  );
  place.append(record(5));
  settle(second);
  assert.deepEqual(texts(second, 5, 6), [record(5)]);
  assert.match(place.checkpoint(1), /\n5\n/);
  assert.match(place.checkpoint(2), /^keywright\/deployment-1\/2\n2\n/);
  second.close();
});

test("tiles that a crash lost are made again from the journal, byte by byte", (t) => {
  const place = deployment(t);
  const first = Sequencer.open(place.options);
  place.append(...Array.from({ length: 700 }, (_, id) => record(id)));
  settle(first);
  const log = join(place.options.logs.folder, "00000001");
  const tile = join(log, "tile", "0", "001");
  const before = readFileSync(tile);
  rmSync(tile);
  writeFileSync(join(log, "tile", "entries", "000"), "torn");
  place.restartJournal();
  const second = Sequencer.open(place.options);
  assert.deepEqual(readFileSync(tile), before);
  assert.deepEqual(texts(second, 1, 3), [record(0), record(1)]);
  second.close();
});

test("a log whose journal moves on without a record stays whole", (t) => {
  const place = deployment(t);
  const first = Sequencer.open(place.options);
  place.append(...Array.from({ length: 300 }, (_, id) => record(id)));
  for (const more of [[], [record(300)]]) {
    place.append(...more);
    settle(first);
    place.sign();
    settle(first);
  }
  first.close();
  place.restartJournal();
  const second = Sequencer.open(place.options);
  assert.equal(second.position, 301);
  second.close();
});

test("a journal that does not lead to what was signed is refused", (t) => {
  const place = deployment(t);
  const signed = Sequencer.open(place.options);
  place.append(record(1), record(2), record(3));
  settle(signed);
  const checkpoint = place.checkpoint(1);
  for (const other of [[record(1)], [record(1), record(2), record(9)]]) {
    const forged = deployment(t);
    Sequencer.open(forged.options);
    writeFileSync(join(forged.options.logs.folder, "00000001", "checkpoint"), checkpoint);
    forged.append(...other);
    assert.throws(() => Sequencer.open(forged.options), OperatorError);
  }
});

test("segments of the journal go once they are in a log on the disk, and no sooner", (t) => {
  const place = deployment(t, 8 * 1024);
  const sequencer = Sequencer.open(place.options);
  const segments = (): number =>
    readdirSync(place.options.journalFolder).filter((each) => each.endsWith(".kwj")).length;
  for (let id = 0; id < 200; id++) place.append(record(id));
  const before = segments();
  assert.ok(before > 3);
  settle(sequencer);
  assert.equal(segments(), before);
  sequencer.settle();
  assert.equal(segments(), 1);
  place.append(record(200));
  settle(sequencer);
  assert.equal(sequencer.position, 201);
  sequencer.close();
  place.restartJournal();
  const next = Sequencer.open(place.options);
  assert.deepEqual(texts(next, 1, 2), [record(0)]);
  next.close();
});

test("a damaged journal stops the sequencer", (t) => {
  const place = deployment(t);
  const sequencer = Sequencer.open(place.options);
  place.append(record(1));
  const [segment = ""] = readdirSync(place.options.journalFolder).filter((each) =>
    each.endsWith(".kwj"),
  );
  const path = join(place.options.journalFolder, segment);
  const bytes = readFileSync(path);
  const at = bytes.indexOf("Decrypt");
  bytes[at] = 0x64;
  writeFileSync(path, bytes);
  assert.throws(() => sequencer.take(), /damaged behind sequence 0/);
});

test("an index that was removed is made again from the logs of all boots", (t) => {
  const place = deployment(t);
  for (const boot of [0, 1, 2]) {
    const sequencer = Sequencer.open(place.options);
    place.append(...Array.from({ length: 10 }, (_, id) => record(boot * 10 + id)));
    sequencer.close();
    place.restartJournal();
  }
  const query = { account, region, limit: 50 };
  const found = (sequencer: Sequencer) => [...lookup(sequencer.connection, query)];
  const whole = Sequencer.open(place.options);
  const before = found(whole);
  whole.close();
  assert.equal(before.length, 30);
  for (const suffix of ["", "-wal", "-shm"])
    rmSync(place.options.indexPath + suffix, { force: true });
  assert.equal(existsSync(place.options.indexPath), false);
  const again = Sequencer.open(place.options);
  assert.deepEqual(found(again), before);
  assert.deepEqual([...positionsOf(again.connection, query, 25)], [26, 27, 28, 29, 30]);
  assert.deepEqual(regionsOf(again.connection, account, 29), [region]);
  assert.deepEqual(regionsOf(again.connection, account, 30), []);
  again.close();
});

/** Four boots with ten records each. */
function fourBoots(t: TestContext) {
  const place = deployment(t);
  for (const boot of [0, 1, 2, 3]) {
    const sequencer = Sequencer.open(place.options);
    place.append(...Array.from({ length: 10 }, (_, id) => record(boot * 10 + id)));
    sequencer.close();
    place.restartJournal();
  }
  const log = (boot: number): string => join(place.options.logs.folder, `0000000${boot}`);
  return { place, log };
}

test("a start reads the log of the boot before, and those of others when they are asked for", (t) => {
  const damages = [
    [(settled: string) => writeFileSync(settled, "forged"), /boot 1 has a damaged settled/],
    [(settled: string) => rmSync(settled), /boot 1 has no settled checkpoint/],
  ] as const;
  for (const [damage, refusal] of damages) {
    const { place, log } = fourBoots(t);
    damage(join(log(1), "settled"));
    const sequencer = Sequencer.open(place.options);
    assert.deepEqual(texts(sequencer, 11, 12), [record(10)]);
    assert.throws(() => sequencer.entries.find(1), refusal);
    sequencer.close();
  }
});

test("an index goes on where it ended, without the records before", (t) => {
  const { place, log } = fourBoots(t);
  for (const boot of [1, 2]) rmSync(join(log(boot), "tile"), { recursive: true });
  const next = Sequencer.open(place.options);
  place.append(record(40));
  settle(next);
  const positions = Array.from({ length: 41 }, (_, at) => at + 1);
  assert.deepEqual([...positionsOf(next.connection, { account, region }, 0)], positions);
  const found = [...lookup(next.connection, { account, region, limit: 50 })];
  assert.deepEqual(
    found.map(({ position, time }) => [position, time]),
    positions.toReversed().map((position) => [position, 1_699_999_999 + position]),
  );
  const attribute = { key: "EventId", value: `${(7).toString(16).padStart(8, "0")}-` } as const;
  const [hit] = lookup(next.connection, { account, region, limit: 1, attribute });
  assert.equal(hit?.position, 8);
  next.close();
});

test("an index of more records than the logs have is filled anew", (t) => {
  const { place } = fourBoots(t);
  const older = deployment(t);
  older.append(record(0), record(1), record(2));
  const sequencer = Sequencer.open({ ...older.options, indexPath: place.options.indexPath });
  settle(sequencer);
  assert.deepEqual([...positionsOf(sequencer.connection, { account, region }, 0)], [1, 2, 3]);
  sequencer.close();
});

test("a call is counted once, however often the service starts", (t) => {
  const place = deployment(t);
  const call = {
    eventSource: "kms.amazonaws.com",
    eventType: "AwsApiCall",
    requestID: "r",
    userIdentity: { type: "IAMUser", accountId: account },
    resources: [],
  };
  for (const boot of [0, 1, 2]) {
    const sequencer = Sequencer.open(place.options);
    place.append(record(boot, call));
    settle(sequencer);
    const counts = sequencer.usage.counts([account], 0, 2_000_000_000);
    assert.equal(
      counts.reduce((sum, { count }) => sum + count, 0),
      boot + 1,
    );
    sequencer.close();
    place.restartJournal();
  }
});

test("nothing is made in the place of a journal that is away", (t) => {
  const place = deployment(t);
  const sequencer = Sequencer.open(place.options);
  place.append(record(1));
  while (sequencer.take());
  const away = `${place.options.journalFolder}-away`;
  renameSync(place.options.journalFolder, away);
  assert.throws(() => sequencer.publish());
  assert.throws(() => Sequencer.open(place.options));
  assert.equal(existsSync(place.options.journalFolder), false);
});
