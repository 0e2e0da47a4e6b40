import { minute } from "../../../base/clock.ts";
import { AwsError } from "../../../base/errors.ts";
import { required, string, structure } from "../../../shape/shape.ts";
import type { KmsKey, Material } from "../model/key.ts";
import { isPresent } from "../model/material.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { rotateKey, rotateToPending } from "../rotation.ts";
import { requireRotationOnDemand } from "../rotation-support.ts";

const mostRotations = 25;

/** Gives a KMS key new material at once, whatever its schedule. */
export const rotateKeyOnDemand = defineOperation({
  name: "RotateKeyOnDemand",
  readOnly: false,
  input: structure({ KeyId: required(member.keyIdentifier) }),
  output: structure({ KeyId: required(string()) }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:RotateKeyOnDemand",
      states: ["Enabled", "Unavailable"],
      crossAccount: false,
    },
  },
  audit: { request: ["KeyId"], response: ({ output }) => ({ keyId: output.KeyId }) },

  async handle({ keys: { key }, context, tools }) {
    requireRotationOnDemand(key);
    refuseRotation(key, context.time);
    const rotation =
      key.origin === "EXTERNAL"
        ? await rotateToPending(key, readyMaterial(key, context.time), context.time, tools)
        : await rotateKey(key, "ON_DEMAND", context.time, tools);
    return { output: { KeyId: key.arn }, ...rotation };
  },
});

function refuseRotation(key: KmsKey, now: Date): void {
  if (key.materials.filter((each) => each.rotation?.type === "ON_DEMAND").length >= mostRotations)
    throw new AwsError(
      "LimitExceededException",
      `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${key.arn}`,
    );
  if (key.rotation !== undefined && key.rotation.nextDate.getTime() - now.getTime() <= 20 * minute)
    throw new AwsError(
      "ConflictException",
      `An automatic rotation of ${key.arn} is in progress or due within 20 minutes.`,
    );
}

/** The imported material that only waits for its rotation: the key and all its relatives have it. */
function readyMaterial({ arn, materials }: KmsKey, now: Date): Material {
  const ready = materials.find(
    (each) => each.imported?.pending === "ROTATION" && isPresent(each, now),
  );
  if (ready === undefined)
    throw new AwsError(
      "KMSInvalidStateException",
      `No available key material pending rotation for the key: ${arn}.`,
    );
  return ready;
}
