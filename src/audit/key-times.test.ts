import * as assert from "node:assert/strict";
import { test } from "node:test";
import { keyTimes } from "./key-times.ts";
import type { KeyEvent, KeyEventName } from "./usage.ts";

const account = "111122223333";
const arn = (region: string, id = "mrk-1234abcd12ab34cd56ef1234567890ab") =>
  `arn:aws:kms:${region}:${account}:key/${id}`;

function befell(event: KeyEventName, time: number, more: Partial<KeyEvent> = {}): KeyEvent {
  const spec = event === "CreateKey" ? "SYMMETRIC_DEFAULT" : "";
  return { event, account, key: arn("us-east-1"), time, spec, tags: {}, ...more };
}

const spans = (events: readonly KeyEvent[]) =>
  keyTimes(events).map(({ from, until }) => [from, until]);

test("a key costs something from its making until it waits for its deletion", () => {
  assert.deepEqual(spans([befell("CreateKey", 1)]), [[1, undefined]]);
  const scheduled = [befell("CreateKey", 1), befell("ScheduleKeyDeletion", 5)];
  assert.deepEqual(spans(scheduled), [[1, 5]]);
  assert.deepEqual(spans([...scheduled, befell("DeleteKey", 9)]), [[1, 5]]);
});

test("a cancelled deletion never happened", () => {
  const cancelled = [
    befell("CreateKey", 1),
    befell("ScheduleKeyDeletion", 5),
    befell("CancelKeyDeletion", 7),
  ];
  assert.deepEqual(spans(cancelled), [[1, undefined]]);
  assert.deepEqual(spans([...cancelled, befell("ScheduleKeyDeletion", 8)]), [[1, 8]]);
});

test("a replica that is made anew costs something again", () => {
  const lives = [
    befell("CreateKey", 1),
    befell("ScheduleKeyDeletion", 5),
    befell("DeleteKey", 9),
    befell("CreateKey", 20),
  ];
  assert.deepEqual(spans(lives), [
    [1, 5],
    [20, undefined],
  ]);
});

test("a key that two records tell of is one key", () => {
  assert.deepEqual(spans([befell("CreateKey", 1), befell("CreateKey", 2)]), [[1, undefined]]);
});

test("a rotation counts for all keys that share the material, and for no other", () => {
  const times = keyTimes([
    befell("CreateKey", 1),
    befell("CreateKey", 2, { key: arn("eu-west-1") }),
    befell("CreateKey", 3, { key: arn("us-east-1", "another") }),
    befell("RotateKey", 4),
    befell("CreateKey", 5, { key: arn("ap-south-1") }),
  ]);
  assert.deepEqual(
    times.map(({ region, rotations }) => [region, rotations]),
    [
      ["us-east-1", [4]],
      ["eu-west-1", [4]],
      ["us-east-1", []],
      ["ap-south-1", [4]],
    ],
  );
});

test("an AWS managed key, which nobody makes, costs nothing however often it rotates", () => {
  assert.deepEqual(spans([befell("RotateKey", 4), befell("TagResource", 5)]), []);
});

test("a key has the tags that were set and not taken away", () => {
  const [key] = keyTimes([
    befell("CreateKey", 1, { tags: { team: "blue", stage: "test" } }),
    befell("TagResource", 2, { tags: { team: "red", owner: "ann" } }),
    befell("UntagResource", 3, { tags: { stage: "" } }),
  ]);
  assert.deepEqual(key?.tags, { team: "red", owner: "ann" });
});
