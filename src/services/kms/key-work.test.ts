import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AwsError } from "../../base/errors.ts";
import type { KeyPart, KeySpec } from "../../crypto/key-spec.ts";
import { keySpecs } from "../../crypto/key-spec.ts";
import { verify } from "../../crypto/signing.ts";
import { createDomain } from "../../keystore/domain.ts";
import { RootKey } from "../../keystore/root.ts";
import { softwareKeyStore } from "../../keystore/software.ts";
import { KeyWork, roomFor } from "./key-work.ts";

const account = "111122223333";
const parts: readonly KeyPart[] = ["making", "private", "public"];
const closed = { atOnce: 0, waiting: 0 };
const open = { atOnce: 1, waiting: 0 };
const done = async (): Promise<string> => "done";

/** What of each spec is not done where there is no room for an effort. */
async function refusedWithout(effort: "slow" | "long"): Promise<Record<string, string>> {
  const work = new KeyWork({ slow: open, long: open, [effort]: closed });
  const refused: Record<string, string> = {};
  for (const name of Object.keys(keySpecs)) {
    const spec = name as KeySpec;
    const those: string[] = [];
    for (const part of parts) {
      const outcome = await work
        .inTurn({ spec, part, account }, done)
        .catch((error: unknown) => (error instanceof AwsError ? error.code : error));
      if (outcome === "ThrottlingException") those.push(part);
      else assert.equal(outcome, "done");
    }
    if (those.length > 0) refused[spec] = those.join();
  }
  return refused;
}

describe("room for computations with keys", () => {
  test("RSA keys are made in turns of their own: nothing else waits for them", async () => {
    assert.deepEqual(await refusedWithout("long"), {
      RSA_2048: "making",
      RSA_3072: "making",
      RSA_4096: "making",
    });
  });

  test("what takes milliseconds takes turns; symmetric keys, P-256, ML-KEM and Ed25519's signatures take none", async () => {
    const [all, rsa] = ["making,private,public", "private"];
    assert.deepEqual(await refusedWithout("slow"), {
      RSA_2048: rsa,
      RSA_3072: rsa,
      RSA_4096: rsa,
      ECC_NIST_P384: all,
      ECC_NIST_P521: all,
      ECC_SECG_P256K1: all,
      ECC_NIST_EDWARDS25519: "public",
      SM2: all,
      ML_DSA_44: all,
      ML_DSA_65: all,
      ML_DSA_87: all,
    });
  });

  test("without room a call fails in AWS's words, and its job never runs", async () => {
    const work = new KeyWork({ slow: closed, long: closed });
    const never = (): Promise<never> => assert.fail("it ran");
    await assert.rejects(
      work.inTurn({ spec: "RSA_4096", part: "making", account }, never),
      new AwsError(
        "ThrottlingException",
        "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
      ),
    );
  });

  test("a key that is forgotten while its signature waits for a turn is unwrapped anew", async () => {
    const root = RootKey.generate();
    const { domain } = createDomain(root, { account, region: "us-east-1", epoch: 1 });
    const store = softwareKeyStore();
    const key = await store.generate(domain, "1234abcd-12ab-34cd-56ef-1234567890ab", "SM2");
    const work = new KeyWork({ slow: { atOnce: 1, waiting: 1 }, long: closed });
    const place = Promise.withResolvers<void>();
    const what = { spec: "SM2", part: "private", account } as const;
    const first = work.inTurn(what, () => place.promise);
    const message = Buffer.from("message");
    await store.sign(key, "SM2DSA", "RAW", message);
    const waiting = work.inTurn(what, () => store.sign(key, "SM2DSA", "RAW", message));
    store.forget(domain.id, key.keyId);
    place.resolve();
    await first;
    const publicKey = key.publicKey ?? Buffer.of();
    assert.ok(await verify(publicKey, "SM2DSA", "RAW", message, await waiting));
  });

  test("two threads of every pool stay free for files", () => {
    for (let threads = 4; threads <= 1024; threads++)
      for (const processors of [1, 2, 3, 4, 8, 64, 512]) {
        const { slow, long } = roomFor(threads, processors);
        assert.ok(slow.atOnce >= 1 && long.atOnce >= 1, `${threads} ${processors}`);
        assert.ok(slow.atOnce + long.atOnce <= threads - 2, `${threads} ${processors}`);
        assert.ok(slow.atOnce <= processors, `${threads} ${processors}`);
      }
  });

  test("in the pool that the launcher makes, slow computations take every processor", () => {
    for (const processors of [1, 2, 4, 8, 64])
      assert.equal(roomFor(processors + 4, processors).slow.atOnce, processors);
  });
});
