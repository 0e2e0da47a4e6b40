import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { withDisk } from "../../../test/support/disk.ts";
import { deployment, record, settle } from "../../../test/support/log-deployment.ts";
import { tileWidth } from "../../audit/tiles.ts";
import { readAudit } from "./audit-records.ts";
import { LogFiles } from "./log-files.ts";
import { Sequencer } from "./sequencer.ts";

for (const [what, growth] of [
  ["a little", 1],
  ["beyond its last bundle", tileWidth],
] as const)
  test(`all records of a log are read that grows by ${what} each time its checkpoint has been read`, (t) => {
    const place = deployment(t);
    const sequencer = Sequencer.open(place.options);
    const written: string[] = [];
    const grow = (count: number): void => {
      const more = Array.from({ length: count }, (_, at) => record(written.length + at));
      place.append(...more);
      written.push(...more);
      settle(sequencer);
    };
    grow(3);
    grow(3);
    const real = LogFiles.prototype.read;
    const reading = t.mock.method(
      LogFiles.prototype,
      "read",
      function read(this: LogFiles, name: string) {
        const bytes = real.call(this, name);
        if (name === "checkpoint") grow(growth);
        return bytes;
      },
    );
    const { journalFolder: journal, logs } = place.options;
    const found: string[] = [];
    const { fault } = readAudit({ journal, logs }, place.options, (each) =>
      found.push(Buffer.from(each).toString()),
    );
    reading.mock.restore();
    assert.equal(fault, undefined);
    assert.deepEqual(found, written);
    assert.equal(written.length, 6 + growth);
    sequencer.close();
  });

test("a file of a log that is compressed just before it is read is read all the same", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "keywright-log-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const files = new LogFiles(folder);
  const bytes = Buffer.from("a bundle of entries");
  files.write("tile/entries/000", bytes);
  let isCompressed = false;
  const read = withDisk(
    "readFileSync",
    (real, args) => {
      if (!isCompressed) {
        isCompressed = true;
        files.compress("tile/entries/000");
      }
      return real(...args);
    },
    () => files.read("tile/entries/000"),
  );
  assert.ok(isCompressed && !files.isPlain("tile/entries/000"));
  assert.deepEqual(read, bytes);
  assert.deepEqual(files.list("tile"), ["tile/entries/000"]);
});
