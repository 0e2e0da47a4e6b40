import * as assert from "node:assert/strict";
import { softwareKeyStore } from "../../src/keystore/software.ts";
import type { KmsKey } from "../../src/services/kms/model/key.ts";
import { firstMaterial } from "../../src/services/kms/model/material.ts";
import { insertKey, replaceKey } from "../../src/services/kms/tables/keys.ts";
import { onEveryEngine } from "../support/engines.ts";
import { account, alias, at, grant, id, newStore, read, region, stored } from "./keys-support.ts";

onEveryEngine(
  "what a key has become by a change is what reading it gives, whatever a call knew of it",
  async (database) => {
    const store = await newStore(database);
    const key = await store.key(1, {
      aliases: [alias("b")],
      grants: [grant(2), grant(4)],
      tags: [{ TagKey: "a", TagValue: "1" }],
    });
    await database.apply(insertKey(key).writes);
    const lastUsage = { trackedSince: at };
    const second = await softwareKeyStore().generate(store.domain, id(1), "SYMMETRIC_DEFAULT");
    const material = { ...firstMaterial(second, new Date(at.getTime() + 1)), generation: 1 };
    const many = Array.from({ length: 100 }, (_, index) => grant(100 + index));
    const steps: readonly ((key: KmsKey) => Omit<KmsKey, "version">)[] = [
      (each) => ({ ...each, grants: [...each.grants, grant(3)], connected: true, lastUsage }),
      (each) => ({ ...each, grants: each.grants.slice(1) }),
      (each) => ({ ...each, grants: [...each.grants, grant(1, `arn:aws:iam::${account}:root`)] }),
      (each) => ({ ...each, aliases: [...each.aliases, alias("a")], description: "other" }),
      (each) => ({ ...each, grants: [...each.grants, ...many] }),
      (each) => ({ ...each, grants: each.grants.filter((_, index) => index % 2 === 0) }),
      (each) => ({ ...each, grants: [grant(500), ...each.grants.slice(3, -3), grant(0)] }),
      (each) => ({ ...each, rotation: { periodInDays: 90, nextDate: at }, deletionDate: at }),
      (each) => ({ ...each, materials: [material, ...each.materials], policy: '{"a":1}' }),
      (each) => ({ ...each, grants: [], aliases: [], tags: [], state: "Disabled" }),
    ];
    const tables = store.fresh();
    let known = await tables.find(account, region, id(1));
    for (const step of steps) {
      assert.ok(known !== undefined);
      const change = replaceKey(known, step(known));
      await database.apply(change.writes);
      const [version] = change.versions;
      assert.ok(version !== undefined);
      tables.forget(version.aggregate);
      tables.renew(version);
      known = tables.known(account, region, id(1));
      assert.ok(known !== undefined);
      assert.deepEqual(stored(known), stored(await read(store)));
    }
  },
);

onEveryEngine(
  "a version that no change of this process brings renews nothing",
  async (database) => {
    const store = await newStore(database);
    const key = await store.key(1);
    await database.apply(insertKey(key).writes);
    const tables = store.fresh();
    const known = await tables.find(account, region, id(1));
    assert.ok(known !== undefined);
    const { versions } = replaceKey(known, { ...known, description: "never stored" });
    for (const version of versions) tables.renew({ ...version });
    assert.equal(tables.known(account, region, id(1)), known);
  },
);
