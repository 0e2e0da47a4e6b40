import * as assert from "node:assert/strict";
import { test } from "node:test";
import { deployment } from "../../../test/support/log-deployment.ts";
import { frameOverhead, genesis } from "../../audit/chain.ts";
import { JournalCursor } from "./journal-cursor.ts";

const portion = 1024 * 1024;

test("a frame is read whole wherever a portion of the journal ends in it", (t) => {
  for (let cut = 0; cut <= 2 * frameOverhead; cut++) {
    const place = deployment(t, 4 * portion);
    const filler = "x".repeat(portion - cut - frameOverhead);
    const written = [filler, "{}", "y".repeat(700), "z"];
    place.append(...written);
    const cursor = new JournalCursor(place.options.journalFolder, genesis("deployment-1"));
    const read: string[] = [];
    for (let portions = 0; portions < 9; portions++)
      read.push(...cursor.read(place.options.durable()).records.map(String));
    assert.deepEqual(read, written, `${cut} bytes before the end`);
    cursor.close();
  }
});
