import { day } from "../../../base/clock.ts";
import { integer, required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { automaticRotationStates, requireAutomaticRotation } from "../rotation-support.ts";
import { replaceKey } from "../tables/keys.ts";

const usualPeriod = 365;

/** Turns on automatic rotation, or changes its period; the period counts from now. */
export const enableKeyRotation = defineOperation({
  name: "EnableKeyRotation",
  readOnly: false,
  input: structure({
    KeyId: required(member.keyIdentifier),
    RotationPeriodInDays: integer({ min: 90, max: 2560 }),
  }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:EnableKeyRotation",
      states: automaticRotationStates,
      crossAccount: false,
      conditions: ({ RotationPeriodInDays = usualPeriod }) => ({
        "kms:RotationPeriodInDays": RotationPeriodInDays,
      }),
    },
  },
  audit: {
    request: ["KeyId", "RotationPeriodInDays"],
    response: ({ keys: { key } }) => ({ keyId: key.arn }),
  },

  handle({ input: { RotationPeriodInDays: periodInDays = usualPeriod }, keys: { key }, context }) {
    requireAutomaticRotation(key);
    const nextDate = new Date(context.time.getTime() + periodInDays * day);
    return {
      output: undefined,
      change: replaceKey(key, { ...key, rotation: { periodInDays, nextDate } }),
    };
  },
});
