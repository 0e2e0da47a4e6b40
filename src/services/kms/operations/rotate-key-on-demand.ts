import { minute } from "../../../base/clock.ts";
import { AwsError } from "../../../base/errors.ts";
import { required, string, structure } from "../../../shape/shape.ts";
import type { KmsKey } from "../model/key.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { rotateKey } from "../rotation.ts";

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
      states: ["Enabled"],
      crossAccount: false,
    },
  },
  audit: { request: ["KeyId"], response: ({ output }) => ({ keyId: output.KeyId }) },

  handle({ keys: { key }, context, tools }) {
    refuseRotation(key, context.time);
    const { change, event } = rotateKey(key, "ON_DEMAND", context.time, tools.keyStore);
    return { output: { KeyId: key.arn }, change, events: [event] };
  },
});

function refuseRotation(key: KmsKey, now: Date): void {
  if (key.materials.filter((each) => each.rotation === "ON_DEMAND").length >= mostRotations)
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
