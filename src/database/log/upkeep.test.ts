import * as assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { deployment, record, settle, texts } from "../../../test/support/log-deployment.ts";
import { Sequencer } from "./sequencer.ts";

/** A log of 1,000 records, a second apart, that is durable. */
function durableLog(t: TestContext) {
  const place = deployment(t);
  const archive = join(place.folder, "archive");
  const logs = { ...place.options.logs, archive };
  const sequencer = Sequencer.open({ ...place.options, logs });
  const written = Array.from({ length: 1_000 }, (_, id) => record(id));
  place.append(...written);
  settle(sequencer);
  sequencer.settle();
  const bundles = (folder: string): readonly string[] =>
    existsSync(join(folder, "00000001", "tile", "entries"))
      ? readdirSync(join(folder, "00000001", "tile", "entries")).toSorted()
      : [];
  const upkeep = (olderThan: number, deliveredUpTo?: number): void => {
    while (sequencer.tidy({ olderThan: 1_700_000_000 + olderThan, deliveredUpTo }));
  };
  return { sequencer, written, archive, bundles, upkeep, folder: logs.folder };
}

test("full bundles are compressed, and read as before", (t) => {
  const { sequencer, written, bundles, upkeep, folder } = durableLog(t);
  upkeep(0);
  assert.deepEqual(bundles(folder), ["000.gz", "001.gz", "002.gz", "003.p"]);
  assert.deepEqual(texts(sequencer, 1, 1_001), written);
});

test("what is old moves to the archive, but for the first bundle, and is read there", (t) => {
  const { sequencer, written, bundles, upkeep, archive, folder } = durableLog(t);
  upkeep(600);
  assert.deepEqual(bundles(archive), ["001.gz"]);
  assert.deepEqual(bundles(folder), ["000.gz", "002.gz", "003.p"]);
  assert.deepEqual(texts(sequencer, 1, 1_001), written);
});

test("what a trail has not delivered does not move to the archive", (t) => {
  const { bundles, upkeep, archive } = durableLog(t);
  upkeep(1_000, 510);
  assert.deepEqual(bundles(archive), []);
  upkeep(1_000, 511);
  assert.deepEqual(bundles(archive), ["001.gz"]);
});

test("what the archive does not give back as it was stays", (t) => {
  const { bundles, upkeep, archive, folder } = durableLog(t);
  writeFileSync(archive, "no folder");
  assert.throws(() => upkeep(1_000));
  assert.equal(bundles(folder).length, 4);
});
