import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import { KeyMaterial } from "../crypto/key-material.ts";
import type { Wanted } from "./unwrapped.ts";
import { UnwrappedMaterials } from "./unwrapped.ts";

const domain = { id: { account: "111122223333", region: "us-east-1" } };
const wanted = (keyId: string): Wanted => ({ domain, keyId, materialId: "m" });
const unwrap = (): KeyMaterial => new KeyMaterial(Buffer.alloc(32, 1));

describe("material that has left", () => {
  test("is wiped, and not given out again to who asked for it before", () => {
    const materials = new UnwrappedMaterials(2);
    const one = wanted("one");
    const first = materials.get(one, unwrap);
    assert.equal(materials.get(one, unwrap), first);
    assert.equal(materials.get(wanted("one"), unwrap), first);
    materials.forget(domain.id, "one");
    assert.ok(first.disposed);
    assert.throws(() => first.material.use(() => undefined), TypeError);
    const again = materials.get(one, unwrap);
    assert.notEqual(again, first);
    assert.ok(!again.disposed);
    materials.wipe();
    assert.ok(again.disposed);
  });

  test("is that of the oldest key, where there is no more room", () => {
    const materials = new UnwrappedMaterials(2);
    const [one, two, three] = ["one", "two", "three"].map((id) =>
      materials.get(wanted(id), unwrap),
    );
    assert.deepEqual([one?.disposed, two?.disposed, three?.disposed], [true, false, false]);
  });
});
