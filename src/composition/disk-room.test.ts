import * as assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { noChange } from "../database/commit.ts";
import type { Log } from "../server/log.ts";
import { DiskRoom, guardRoom, reserveOf } from "./disk-room.ts";

const commit = { relied: [], change: noChange, records: ["{}"] };

async function roomWith(reserve: (disk: { readonly free: number }) => number) {
  const { statfsSync } = await import("node:fs");
  const { bavail, bsize } = statfsSync(tmpdir());
  const lines: string[] = [];
  const log: Log = (level, message) => lines.push(`${level}: ${message}`);
  const room = new DiskRoom(tmpdir(), reserve({ free: bavail * bsize }), log);
  room.stop();
  const guarded = guardRoom(room.flag, { submit: async () => ({ stale: [] }) });
  return { room, lines, guarded };
}

test("a twentieth of a small disk is kept free, and no more than was asked of a large one", () => {
  assert.equal(reserveOf({ free: 0, total: 2_000 }, 500), 100);
  assert.equal(reserveOf({ free: 0, total: 200_000 }, 500), 500);
});

test("with ample room calls go on, and nobody is warned", async () => {
  const { room, lines, guarded } = await roomWith(() => 1);
  await room.look();
  assert.deepEqual(await guarded.submit(commit), { stale: [] });
  assert.deepEqual(lines, []);
});

test("a disk whose room nobody can tell refuses nothing by itself", async () => {
  const lines: string[] = [];
  const room = new DiskRoom("/nowhere/at/all", 1, (level) => lines.push(level));
  room.stop();
  await room.look();
  const guarded = guardRoom(room.flag, { submit: async () => ({ stale: [] }) });
  assert.deepEqual(await guarded.submit(commit), { stale: [] });
  assert.deepEqual(lines, ["debug"]);
});
