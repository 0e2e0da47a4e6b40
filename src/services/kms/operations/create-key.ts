import { auditMembers } from "../../../audit/record-members.ts";
import { defaultKeyPolicy } from "../../../authorization/default-policies.ts";
import { formatPolicy } from "../../../authorization/policy-format.ts";
import { kmsArn } from "../../../base/arn.ts";
import { joinChanges } from "../../../database/commit.ts";
import { boolean, required, string, structure } from "../../../shape/shape.ts";
import { tagConditions } from "../conditions.ts";
import { makeKey } from "../create.ts";
import { kindOf, specOf } from "../key-kind.ts";
import { normalizeKeyPolicy, refuseLockout } from "../key-policy.ts";
import * as member from "../model/members.ts";
import { metadataOf } from "../model/metadata.ts";
import { checkTags } from "../model/tags.ts";
import { defineOperation } from "../operation.ts";
import { stateOf } from "../states.ts";
import { insertKey } from "../tables/keys.ts";

/** Creates a KMS key with its material in the caller's account and region. */
export const createKey = defineOperation({
  name: "CreateKey",
  readOnly: false,

  input: structure({
    Policy: member.policy,
    Description: member.description,
    KeyUsage: member.keyUsage,
    CustomerMasterKeySpec: member.customerMasterKeySpec,
    KeySpec: member.keySpec,
    Origin: member.origin,
    CustomKeyStoreId: string({ min: 1, max: 64 }),
    BypassPolicyLockoutSafetyCheck: boolean,
    Tags: member.tags,
    MultiRegion: boolean,
    XksKeyId: string({ min: 1, max: 128, pattern: /^[a-zA-Z0-9-_.]+$/ }),
  }),

  output: structure({ KeyMetadata: required(member.keyMetadata) }),

  identity: [
    {
      action: "kms:CreateKey",
      resource: () => "*",
      conditions: (input) => ({
        "kms:BypassPolicyLockoutSafetyCheck": input.BypassPolicyLockoutSafetyCheck ?? false,
        "kms:CustomerMasterKeySpec": specOf(input),
        "kms:CustomerMasterKeyUsage": input.KeyUsage ?? "ENCRYPT_DECRYPT",
        "kms:KeyOrigin": input.Origin ?? "AWS_KMS",
        "kms:KeySpec": specOf(input),
        "kms:KeyUsage": input.KeyUsage ?? "ENCRYPT_DECRYPT",
        "kms:MultiRegion": input.MultiRegion ?? false,
        ...(input.MultiRegion === true ? { "kms:MultiRegionKeyType": "PRIMARY" } : {}),
        ...tagConditions(input.Tags),
      }),
    },
    {
      action: "kms:TagResource",
      resource: (_input, { region, account }) => kmsArn(region, account, "key/*"),
      when: ({ Tags = [] }) => Tags.length > 0,
      conditions: ({ Tags }) => tagConditions(Tags),
    },
  ],
  keys: {},

  audit: {
    request: [
      "Policy",
      "Description",
      "KeyUsage",
      "CustomerMasterKeySpec",
      "KeySpec",
      "Origin",
      "BypassPolicyLockoutSafetyCheck",
      "Tags",
      "MultiRegion",
      "CustomKeyStoreId",
      "XksKeyId",
    ],
    defaults: {
      Description: "",
      KeyUsage: "ENCRYPT_DECRYPT",
      KeySpec: "SYMMETRIC_DEFAULT",
      CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
      Origin: "AWS_KMS",
      MultiRegion: false,
      BypassPolicyLockoutSafetyCheck: false,
    },
    response: ({ output: { KeyMetadata } }) => ({
      keyMetadata: auditMembers(
        member.keyMetadata,
        Object.keys(member.keyMetadata.members),
        KeyMetadata,
      ),
    }),
    resources: ({ output: { KeyMetadata } }) => [String(KeyMetadata.Arn)],
  },

  async handle({ input, context, tools }) {
    const kind = kindOf(input);
    checkTags(input.Tags ?? []);
    const policy =
      input.Policy === undefined
        ? formatPolicy(defaultKeyPolicy(context.account))
        : await normalizeKeyPolicy(input.Policy, tools.principals);
    const { Description: description = "", Tags: tags = [] } = input;
    const given = { createdAt: context.time, policy, description, tags };
    await tools.keyRoom.take(context.account, context.region);
    const { key, change, ...rest } = await makeKey(kind, given, {
      context,
      tools,
      accept(made) {
        if (input.BypassPolicyLockoutSafetyCheck !== true) refuseLockout(policy, made, context);
      },
    });
    return {
      ...rest,
      output: { KeyMetadata: metadataOf(key, stateOf(key, context.time)) },
      change: joinChanges([change, insertKey(key)]),
    };
  },
});
