import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { metadataOf } from "../model/metadata.ts";
import { defineOperation } from "../operation.ts";
import { stateOf } from "../states.ts";

/** Tells everything about a KMS key but its policy, aliases, tags and grants. */
export const describeKey = defineOperation({
  name: "DescribeKey",
  readOnly: true,
  input: structure({ KeyId: required(member.keyIdentifier), GrantTokens: member.grantTokens }),
  output: structure({ KeyMetadata: required(member.keyMetadata) }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "described",
      action: "kms:DescribeKey",
      grantOperation: "DescribeKey",
      states: "any",
      crossAccount: true,
      createsManagedKey: true,
    },
  },
  audit: { request: ["KeyId"] },
  handle: ({ keys: { key }, context }) => ({
    output: { KeyMetadata: metadataOf(key, stateOf(key, context.time)) },
  }),
});
