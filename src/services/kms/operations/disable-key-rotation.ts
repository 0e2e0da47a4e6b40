import { noChange } from "../../../database/commit.ts";
import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { automaticRotationStates, requireAutomaticRotation } from "../rotation-support.ts";
import { replaceKey } from "../tables/keys.ts";

/** Turns off automatic rotation; earlier material stays usable. */
export const disableKeyRotation = defineOperation({
  name: "DisableKeyRotation",
  readOnly: false,
  input: structure({ KeyId: required(member.keyIdentifier) }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:DisableKeyRotation",
      states: automaticRotationStates,
      crossAccount: false,
    },
  },
  audit: { request: ["KeyId"], response: ({ keys: { key } }) => ({ keyId: key.arn }) },

  handle({ keys: { key } }) {
    requireAutomaticRotation(key);
    const { rotation, ...kept } = key;
    return { output: undefined, change: rotation === undefined ? noChange : replaceKey(key, kept) };
  },
});
