import * as assert from "node:assert/strict";
import { test } from "node:test";
import { compareUtf8 } from "./bytes.ts";

const units = ["a", "z", "\u007f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff"];
const characters = [...units, "\u{10000}", "\u{1f600}", "\u{10ffff}"];
const texts = ["", ...characters, ...characters.flatMap((a) => characters.map((b) => a + b))];

test("text is ordered by its UTF-8 bytes, whatever the surrogates say", () => {
  for (const a of texts)
    for (const b of texts)
      assert.equal(
        Math.sign(compareUtf8(a, b)),
        Buffer.compare(Buffer.from(a), Buffer.from(b)),
        JSON.stringify([a, b]),
      );
});
