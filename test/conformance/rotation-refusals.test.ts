import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import { kinds } from "./key-uses.ts";
import { answer, connect, createKey, openServer, refused } from "./support.ts";

type Call = (kms: KMS, KeyId: string) => Promise<unknown>;
const enable: Call = (kms, KeyId) => kms.enableKeyRotation({ KeyId });
const disable: Call = (kms, KeyId) => kms.disableKeyRotation({ KeyId });
const onDemand: Call = (kms, KeyId) => kms.rotateKeyOnDemand({ KeyId });
const list: Call = (kms, KeyId) => kms.listKeyRotations({ KeyId });

const { symmetric: _rotates, ...others } = kinds;

describe("keys that do not rotate (facts 4.2, 8.1)", () => {
  let kms: KMS;
  before(async () => {
    kms = connect(await openServer());
  });

  for (const [name, kind] of Object.entries(others)) {
    test(`a key for ${name} is refused without a text; its status is false`, async () => {
      const { id } = await createKey(kms, kind);
      for (const call of [enable, disable, onDemand, list])
        await refused(call(kms, id), "UnsupportedOperationException");
      assert.deepEqual(await answer(kms.getKeyRotationStatus({ KeyId: id })), {
        KeyId: id,
        KeyRotationEnabled: false,
      });
    });

    test(`a key for ${name} that is out of use says so before`, async () => {
      const { id, arn } = await createKey(kms, kind);
      await kms.disableKey({ KeyId: id });
      for (const call of [enable, disable, onDemand])
        await refused(call(kms, id), "DisabledException", `${arn} is disabled.`);
      await kms.scheduleKeyDeletion({ KeyId: id });
      for (const call of [enable, disable, onDemand])
        await refused(call(kms, id), "KMSInvalidStateException", `${arn} is pending deletion.`);
    });
  }

  test("a key that waits for its import is none to rotate by itself, and none to rotate yet", async () => {
    for (const kind of [kinds.symmetric, kinds.encryption, kinds.mac]) {
      const { id, arn } = await createKey(kms, { ...kind, Origin: "EXTERNAL" });
      const text = `${arn} origin is EXTERNAL which is not valid for this operation.`;
      for (const call of [enable, disable])
        await refused(call(kms, id), "UnsupportedOperationException", text);
      await refused(onDemand(kms, id), "KMSInvalidStateException", `${arn} is pending import.`);
    }
  });
});
