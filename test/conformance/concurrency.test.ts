import * as assert from "node:assert/strict";
import { test } from "node:test";
import { connect, createKey, openServer, userArn } from "./support.ts";

test("a crowd that changes and uses one key at once is served whole, and nothing is lost", async () => {
  const kms = connect(await openServer());
  const { id: KeyId } = await createKey(kms);
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Buffer.of(1) });
  const crowd = Array.from({ length: 25 }, (_, index) => [
    kms.createGrant({ KeyId, GranteePrincipal: userArn("nobody"), Operations: ["Encrypt"] }),
    kms.createAlias({ AliasName: `alias/crowd-${index}`, TargetKeyId: KeyId }),
    kms.tagResource({ KeyId, Tags: [{ TagKey: `crowd-${index}`, TagValue: "" }] }),
    kms.decrypt({ CiphertextBlob }),
  ]);
  await Promise.all(crowd.flat());
  const [grants, aliases, tags] = await Promise.all([
    kms.listGrants({ KeyId }),
    kms.listAliases({ KeyId }),
    kms.listResourceTags({ KeyId }),
  ]);
  assert.equal(grants.Grants?.length, 25);
  assert.equal(aliases.Aliases?.length, 25);
  assert.equal(tags.Tags?.length, 25);
});

test("a named grant that many ask for at once is made once", async () => {
  const kms = connect(await openServer());
  const { id: KeyId } = await createKey(kms);
  const made = await Promise.all(
    Array.from({ length: 10 }, () =>
      kms.createGrant({
        KeyId,
        GranteePrincipal: userArn("nobody"),
        Operations: ["Encrypt"],
        Name: "one",
      }),
    ),
  );
  assert.equal(new Set(made.map((each) => each.GrantId)).size, 1);
  assert.equal(new Set(made.map((each) => each.GrantToken)).size, 10);
});

test("once a disabled key has been acknowledged, no use of it succeeds any more", async () => {
  const kms = connect(await openServer());
  const { id: KeyId } = await createKey(kms);
  for (let round = 0; round < 5; round++) {
    const acknowledged = new AbortController();
    const late: string[] = [];
    const use = async (): Promise<void> => {
      const begunAfter = acknowledged.signal.aborted;
      const used = await kms.encrypt({ KeyId, Plaintext: Buffer.of(1) }).then(
        () => true,
        () => false,
      );
      if (begunAfter && used) late.push("used");
    };
    const users = Array.from({ length: 8 }, async () => {
      for (let times = 0; times < 10; times++) await use();
    });
    await kms.disableKey({ KeyId });
    acknowledged.abort();
    await Promise.all(users);
    assert.deepEqual(late, []);
    await kms.enableKey({ KeyId });
  }
});
