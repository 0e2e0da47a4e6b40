import * as assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Commit } from "./commit.ts";
import { noChange } from "./commit.ts";
import type { Parcel } from "./parcel.ts";
import { WriterLine } from "./writer-line.ts";

test("one call goes at once; those of turns that follow one another go together", async () => {
  const { line, sizes } = openLine();
  submit(line, 1);
  await turns(3);
  assert.deepEqual(sizes(), [1]);
  settleLast(line, sizes());

  for (let turn = 0; turn < 5; turn++) {
    submit(line, 2);
    assert.deepEqual(sizes(), [1], "more may come");
    await setImmediate();
  }
  await turns(3);
  assert.deepEqual(sizes(), [1, 10]);
});

test("what gathers while the writer works waits for those who were answered, not for more than a full parcel", async () => {
  const { line, sizes } = openLine();
  submit(line, 3);
  await turns(3);
  submit(line, 4);
  await turns(5);
  assert.deepEqual(sizes(), [3], "the writer has one at a time");
  line.settle({ first: 0, count: 3, refused: [] });
  submit(line, 3);
  await turns(3);
  assert.deepEqual(sizes(), [3, 7]);

  line.settle({ first: 3, count: 7, refused: [] });
  for (let turn = 0; turn < 100 && sizes().length === 2; turn++) {
    submit(line, 8);
    await setImmediate();
  }
  const full = sizes()[2] ?? 0;
  assert.ok(full >= 32 && full <= 48, `${full} calls in a parcel that never saw a quiet turn`);
});

function openLine(): { readonly line: WriterLine; sizes(): readonly number[] } {
  const parcels: Parcel[] = [];
  const line = new WriterLine(
    (parcel) => parcels.push(parcel),
    () => assert.fail("nothing stalls"),
  );
  return { line, sizes: () => parcels.map(({ records }) => records.length) };
}

function submit(line: WriterLine, count: number): void {
  const commit: Commit = { relied: [], change: noChange, records: ["a record"] };
  for (let each = 0; each < count; each++) void line.submit(commit);
}

function settleLast(line: WriterLine, sizes: readonly number[]): void {
  const count = sizes.at(-1) ?? 0;
  const first = sizes.slice(0, -1).reduce((sum, size) => sum + size, 0);
  line.settle({ first, count, refused: [] });
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
}
