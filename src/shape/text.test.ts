import * as assert from "node:assert/strict";
import { test } from "node:test";
import { boolean, integer, list, string, structure, timestamp } from "./shape.ts";
import { fromText } from "./text.ts";

const shape = structure({
  Count: integer(),
  Flag: boolean,
  When: timestamp,
  Name: string(),
  Tags: list(structure({ Key: string(), Value: integer() })),
});

test("texts become the types that the shape expects, at any depth", () => {
  assert.deepEqual(
    {
      ...(fromText(shape, {
        Count: "12",
        Flag: "false",
        When: "2026-01-02T03:04:05Z",
        Name: "7",
        Tags: [{ Key: "true", Value: "-1" }],
      }) as object),
      Tags: 0,
    },
    { Count: 12, Flag: false, When: 1767323045, Name: "7", Tags: 0 },
  );
  const { Tags } = fromText(shape, { Tags: [{ Key: "true", Value: "-1" }] }) as {
    Tags: readonly [{ Key: string; Value: number }];
  };
  assert.deepEqual({ ...Tags[0] }, { Key: "true", Value: -1 });
});

test("a list without elements is sent as a name without a value", () => {
  assert.deepEqual((fromText(shape, { Tags: "" }) as { Tags: unknown }).Tags, []);
});

test("text of another type stays text", () => {
  const given = { Count: "1.5", Flag: "yes", When: "tomorrow", Name: "x", Tags: "y" };
  assert.deepEqual({ ...(fromText(shape, given) as object) }, given);
});

test("members that the shape does not know stay as they are", () => {
  assert.deepEqual({ ...(fromText(shape, { Other: "1" }) as object) }, { Other: "1" });
});
