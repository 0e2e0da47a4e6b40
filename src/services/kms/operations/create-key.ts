import { auditMembers } from "../../../audit/record.ts";
import { defaultKeyPolicy } from "../../../authorization/default-policies.ts";
import { formatPolicy } from "../../../authorization/policy-format.ts";
import { kmsArn } from "../../../base/arn.ts";
import { AwsError } from "../../../base/errors.ts";
import { joinChanges } from "../../../database/commit.ts";
import { boolean, required, string, structure } from "../../../shape/shape.ts";
import { tagConditions } from "../conditions.ts";
import { newKey } from "../create.ts";
import { normalizeKeyPolicy, refuseLockout } from "../key-policy.ts";
import * as member from "../model/members.ts";
import { metadataOf } from "../model/metadata.ts";
import { checkTags } from "../model/tags.ts";
import { defineOperation } from "../operation.ts";
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
    refuseUnsupported(input);
    checkTags(input.Tags ?? []);
    const { domain, change } = await tools.keys.domains.findOrCreate(
      context.account,
      context.region,
    );
    const keyId = tools.ids.uuid();
    const policy =
      input.Policy === undefined
        ? formatPolicy(defaultKeyPolicy(context.account))
        : await normalizeKeyPolicy(input.Policy, tools.principals);
    const material = tools.keyStore.generate(domain, keyId, "SYMMETRIC_DEFAULT");
    const { Description: description = "", Tags: tags = [] } = input;
    const key = newKey(material, { createdAt: context.time, policy, description, tags });
    if (input.BypassPolicyLockoutSafetyCheck !== true) refuseLockout(policy, key, context);
    return {
      output: { KeyMetadata: metadataOf(key) },
      change: joinChanges([change, insertKey(key)]),
    };
  },
});

interface Kind {
  readonly KeySpec?: string | undefined;
  readonly CustomerMasterKeySpec?: string | undefined;
  readonly KeyUsage?: string | undefined;
  readonly Origin?: string | undefined;
  readonly MultiRegion?: boolean | undefined;
  readonly CustomKeyStoreId?: string | undefined;
  readonly XksKeyId?: string | undefined;
}

function specOf({ KeySpec, CustomerMasterKeySpec }: Kind): string {
  return KeySpec ?? CustomerMasterKeySpec ?? "SYMMETRIC_DEFAULT";
}

/** Refuses contradictions as AWS does, then the kinds of keys that this version cannot make. */
function refuseUnsupported(input: Kind): void {
  if (input.KeySpec !== undefined && input.CustomerMasterKeySpec !== undefined)
    throw new AwsError(
      "ValidationException",
      "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.",
    );
  const spec = specOf(input);
  if (spec !== "SYMMETRIC_DEFAULT" && input.KeyUsage === undefined)
    throw new AwsError(
      "ValidationException",
      "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
    );
  if (
    spec === "SYMMETRIC_DEFAULT" &&
    input.KeyUsage !== undefined &&
    input.KeyUsage !== "ENCRYPT_DECRYPT"
  )
    throw new AwsError(
      "ValidationException",
      `KeyUsage ${input.KeyUsage} is not compatible with KeySpec ${spec}`,
    );
  if (spec !== "SYMMETRIC_DEFAULT") throw unsupported(`KeySpec ${spec}`);
  if (input.Origin !== undefined && input.Origin !== "AWS_KMS")
    throw unsupported(`Origin ${input.Origin}`);
  if (input.CustomKeyStoreId !== undefined || input.XksKeyId !== undefined)
    throw unsupported("A custom key store");
  if (input.MultiRegion === true) throw unsupported("A multi-Region key");
}

function unsupported(what: string): AwsError {
  return new AwsError(
    "UnsupportedOperationException",
    `${what} is not supported by this version of Keywright.`,
  );
}
