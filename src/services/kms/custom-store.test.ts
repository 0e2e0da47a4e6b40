import * as assert from "node:assert/strict";
import { test } from "node:test";
import { createDomain } from "../../keystore/domain.ts";
import { RootKey } from "../../keystore/root.ts";
import { newKeyWithoutMaterial } from "./create.ts";
import type { KeyUse } from "./custom-key-stores/find-store.ts";
import { generateDataKeyPairUnder } from "./data-key-pair.ts";
import { generateDataKeyPair } from "./operations/generate-data-key-pair.ts";
import { rotateKeyOnDemand } from "./operations/rotate-key-on-demand.ts";
import {
  automaticRotationStates,
  requireAutomaticRotation,
  requireOwnMaterial,
  requireRotationHistory,
  requireRotationOnDemand,
} from "./rotation-support.ts";

const place = { account: "111122223333", region: "us-east-1", epoch: 1 };
const { domain } = createDomain(RootKey.generate(), place);
const key = newKeyWithoutMaterial(
  { domain, keyId: "1234abcd-12ab-34cd-56ef-1234567890ab", spec: "SYMMETRIC_DEFAULT" },
  {
    createdAt: new Date(0),
    policy: "",
    description: "",
    tags: [],
    origin: "AWS_CLOUDHSM",
    customStore: { storeId: "cks-1234567890abcdef0" },
  },
);
const unsupported = { name: "UnsupportedOperationException" };

test("no data key pair is generated under a key in a custom key store", async () => {
  const request = { KeyPairSpec: "ECC_NIST_P256" } as const;
  // The refusal comes before anything is made: no tool is touched.
  const none: KeyUse = Object.create(null);
  await assert.rejects(generateDataKeyPairUnder(key, request, none), unsupported);
});

test("a key in a custom key store never rotates", () => {
  for (const refuse of [
    requireAutomaticRotation,
    requireOwnMaterial,
    requireRotationHistory,
    requireRotationOnDemand,
  ])
    assert.throws(() => refuse(key), {
      ...unsupported,
      message: `${key.arn} origin is AWS_CLOUDHSM which is not valid for this operation.`,
    });
});

test("an unavailable key gets the same refusals: its state lets them through", () => {
  for (const states of [
    automaticRotationStates,
    rotateKeyOnDemand.keys["key"].states,
    generateDataKeyPair.keys["key"].states,
  ])
    assert.ok(states.includes("Unavailable"));
});
