import * as assert from "node:assert/strict";
import { IntegrityError } from "../../src/base/errors.ts";
import type { Write } from "../../src/database/commit.ts";
import { WriteConflict } from "../../src/database/commit.ts";
import type { Database } from "../../src/database/database.ts";
import { readRows } from "../../src/database/database.ts";
import { Domains } from "../../src/database/domains.ts";
import { sql } from "../../src/database/sql.ts";
import { softwareKeyStore } from "../../src/keystore/software.ts";
import { newKey } from "../../src/services/kms/create.ts";
import { insertKey, replaceKey } from "../../src/services/kms/tables/keys.ts";
import {
  listAliases,
  listDue,
  listKeyIds,
  listRetirable,
} from "../../src/services/kms/tables/listings.ts";
import { onEveryEngine } from "../support/engines.ts";
import type { Store } from "./keys-support.ts";
import {
  account,
  alias,
  at,
  grant,
  id,
  newStore,
  read,
  region,
  root,
  stored,
} from "./keys-support.ts";

onEveryEngine("a key comes back with everything that hangs on it", async (database) => {
  const store = await newStore(database);
  const key = await store.key(1, {
    description: 'é \u{1f511} "quoted"',
    tags: [{ TagKey: "a", TagValue: "" }],
    rotation: { periodInDays: 365, nextDate: at },
    deletionDate: at,
    aliases: [alias("a"), alias("b")],
    grants: [grant(1), grant(2, `arn:aws:iam::${account}:user/retiring`)],
  });
  await database.apply(insertKey(key).writes);
  assert.deepEqual(stored(await read(store)), stored(key));
});

onEveryEngine("a key is replaced by its next state, children and all", async (database) => {
  const store = await newStore(database);
  const key = await store.key(1, {
    aliases: [alias("a"), alias("b")],
    grants: [grant(1), grant(2)],
  });
  await database.apply(insertKey(key).writes);
  const before = await read(store);
  const change = replaceKey(before, {
    ...before,
    state: "Disabled",
    description: "",
    aliases: [...before.aliases.slice(1), alias("c")],
    grants: [...before.grants.slice(0, 1), grant(3)],
  });
  await database.apply(change.writes);
  const after = await read(store);
  assert.equal(after.version.version, 2);
  assert.equal(after.state, "Disabled");
  assert.deepEqual(
    after.aliases.map((each) => each.name),
    ["alias/b", "alias/c"],
  );
  assert.deepEqual(after.grants, [grant(1), grant(3)]);
  assert.equal(change.erases, false);
});

onEveryEngine("a child that moves within a key is written again", async (database) => {
  const store = await newStore(database);
  await database.apply(insertKey(await store.key(1, { aliases: [alias("a")] })).writes);
  const before = await read(store);
  const moved = [{ ...alias("a"), updatedAt: new Date(at.getTime() + 1) }];
  await database.apply(replaceKey(before, { ...before, aliases: moved }).writes);
  assert.deepEqual((await read(store)).aliases, moved);
});

onEveryEngine(
  "a key id or an alias that is taken is a WriteConflict, and nothing of the key is stored",
  async (database) => {
    const store = await newStore(database);
    await database.apply(insertKey(await store.key(1, { aliases: [alias("a")] })).writes);
    for (const taken of [
      await store.key(1),
      await store.key(2, { aliases: [alias("b"), alias("a")] }),
    ])
      await assert.rejects(database.apply(insertKey(taken).writes), WriteConflict);
    assert.equal(await store.fresh().find(account, region, id(2)), undefined);
    for (const table of ["keys", "key_materials", "aliases"])
      assert.equal(await count(database, table), 1, table);
  },
);

async function count(database: Database, table: string): Promise<number> {
  const text = `SELECT COUNT(*) AS rows FROM ${table}`;
  const [row] = await readRows(database, { chunks: [text], values: [] });
  return Number(row?.["rows"]);
}

onEveryEngine(
  "a destroyed key leaves a tombstone without material, and is not found",
  async (database) => {
    const store = await newStore(database);
    await database.apply(insertKey(await store.key(1, { aliases: [alias("a")] })).writes);
    const before = await read(store);
    const change = replaceKey(before, {
      ...before,
      state: "Deleted",
      materials: [],
      aliases: [],
      grants: [],
    });
    assert.equal(change.erases, true);
    await database.apply(change.writes);
    assert.equal(await store.fresh().find(account, region, id(1)), undefined);
    assert.equal(await store.fresh().findById(region, id(1)), undefined);
    assert.equal(await count(database, "key_materials"), 0);
    await assert.rejects(database.apply(insertKey(await store.key(1)).writes), WriteConflict);
  },
);

onEveryEngine(
  "a key is found by its id alone and by its alias, in its own region only",
  async (database) => {
    const store = await newStore(database);
    await database.apply(insertKey(await store.key(1, { aliases: [alias("a")] })).writes);
    const keys = store.fresh();
    assert.equal((await keys.findById(region, id(1)))?.keyId, id(1));
    assert.equal((await keys.findByAlias(account, region, "alias/a"))?.keyId, id(1));
    assert.equal(await keys.findById("us-east-2", id(1)), undefined);
    assert.equal(await keys.findByAlias(account, "us-east-2", "alias/a"), undefined);
    assert.equal(await keys.findByAlias("444455556666", region, "alias/a"), undefined);
  },
);

onEveryEngine(
  "a key that was kept while its alias moved away or came is read again",
  async (database) => {
    const store = await newStore(database);
    for (const index of [1, 2]) await database.apply(insertKey(await store.key(index)).writes);
    const keys = store.fresh();
    for (const index of [1, 2]) assert.ok(await keys.find(account, region, id(index)));
    for (const index of [1, 2, 1]) {
      const before = await read(store, index);
      await database.apply(replaceKey(before, { ...before, aliases: [alias("a")] }).writes);
      assert.equal((await keys.findByAlias(account, region, "alias/a"))?.keyId, id(index));
      const after = await read(store, index);
      await database.apply(replaceKey(after, { ...after, aliases: [] }).writes);
      assert.equal(await keys.findByAlias(account, region, "alias/a"), undefined);
    }
  },
);

onEveryEngine("pages of keys and aliases follow the bytes of their names", async (database) => {
  const store = await newStore(database);
  const names = ["-x", "/a", "A", "B", "Z/a", "_", "a", "b", "z", "é", "ﾮ", "\u{1f511}"];
  for (const [index, name] of names.toReversed().entries())
    await database.apply(insertKey(await store.key(index, { aliases: [alias(name)] })).writes);
  const listed = await listAliases(database, store.domain, "", 100);
  assert.deepEqual(
    listed.map((each) => each.name),
    names.map((name) => `alias/${name}`),
  );
  const ids: string[] = [];
  for (let page = [""]; page.length > 0; ids.push(...page))
    page = [...(await listKeyIds(database, store.domain, ids.at(-1) ?? "", 5))];
  assert.deepEqual(
    ids,
    names.map((_, index) => id(index)),
  );
});

onEveryEngine(
  "grants are listed for the principal that may retire them, by page",
  async (database) => {
    const store = await newStore(database);
    const retiring = `arn:aws:iam::${account}:user/retiring`;
    for (const index of [1, 2])
      await database.apply(
        insertKey(
          await store.key(index, {
            grants: [
              grant(index * 10, retiring),
              grant(index * 10 + 1),
              grant(index * 10 + 2, retiring),
            ],
          }),
        ).writes,
      );
    const list = (after: string, count: number) =>
      listRetirable(database, region, retiring, after, count, async () => store.domain);
    const all = await list("", 10);
    assert.deepEqual(
      all.map((each) => Number(each.grant.grantId)),
      [10, 12, 20, 22],
    );
    assert.deepEqual(await list(all[0]?.grant.grantId ?? "", 2), all.slice(1, 3));
  },
);

onEveryEngine(
  "what is due is listed when its time has come, the oldest first",
  async (database) => {
    const store = await newStore(database);
    const due = (days: number): Date => new Date(at.getTime() + days * 86_400_000);
    const keys = [
      await store.key(1, { state: "PendingDeletion", deletionDate: due(7) }),
      await store.key(2, { state: "PendingDeletion", deletionDate: due(5) }),
      await store.key(3, { rotation: { periodInDays: 90, nextDate: due(6) } }),
      await store.key(4, { state: "Disabled", rotation: { periodInDays: 90, nextDate: due(1) } }),
      await store.key(5),
    ];
    for (const key of keys) await database.apply(insertKey(key).writes);
    const listed = async (days: number): Promise<readonly string[]> =>
      (await listDue(database, due(days), 10)).map((each) => each.keyId);
    assert.deepEqual(await listed(4), []);
    assert.deepEqual(await listed(5), [id(2)]);
    assert.deepEqual(await listed(7), [id(2), id(1), id(3)]);
  },
);

onEveryEngine("a changed, missing, added or moved row of a key is refused", async (database) => {
  const store = await newStore(database);
  for (const index of [1, 2]) {
    const key = await store.key(index, { aliases: [alias(`${index}`)], grants: [grant(index)] });
    await database.apply(insertKey(key).writes);
  }
  const edits: readonly Write["statement"][] = [
    sql`UPDATE keys SET policy = ${"{ }"} WHERE key_id = ${id(1)}`,
    sql`DELETE FROM grants WHERE key_id = ${id(1)}`,
    sql`DELETE FROM aliases WHERE key_id = ${id(1)}`,
    sql`UPDATE grants SET key_id = ${id(1)} WHERE key_id = ${id(2)}`,
    sql`DELETE FROM keys WHERE key_id = ${id(1)}`,
    sql`DELETE FROM domain_keys`,
  ];
  for (const statement of edits) {
    await database.apply([{ statement, rows: 1 }]);
    await assert.rejects(store.fresh().find(account, region, id(1)), IntegrityError);
    for (const table of ["keys", "key_materials", "aliases", "grants", "domain_keys"])
      await database.apply([
        { statement: { chunks: [`DELETE FROM ${table}`], values: [] }, rows: "any" },
      ]);
    const { change } = await new Domains(root, database).findOrCreate(account, region);
    await database.apply(change.writes);
    const again = await newRows(store);
    await database.apply(again);
  }
});

async function newRows(store: Store): Promise<readonly Write[]> {
  const domain = await new Domains(root, store.database).find(account, region);
  assert.ok(domain !== undefined);
  const writes = [1, 2].map(async (index) => {
    const material = await softwareKeyStore().generate(domain, id(index), "SYMMETRIC_DEFAULT");
    const given = { createdAt: at, policy: "{}", description: "", tags: [] };
    const key = {
      ...newKey(material, given),
      aliases: [alias(`${index}`)],
      grants: [grant(index)],
    };
    return insertKey(key).writes;
  });
  return (await Promise.all(writes)).flat();
}
