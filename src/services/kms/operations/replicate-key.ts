import { auditMembers } from "../../../audit/record-members.ts";
import { defaultKeyPolicy } from "../../../authorization/default-policies.ts";
import { formatPolicy } from "../../../authorization/policy-format.ts";
import { kmsArn } from "../../../base/arn.ts";
import { joinChanges } from "../../../database/commit.ts";
import { boolean, required, structure } from "../../../shape/shape.ts";
import { kindConditions, tagConditions } from "../conditions.ts";
import { normalizeKeyPolicy, refuseLockout, shownKeyPolicy } from "../key-policy.ts";
import type { KmsKey } from "../model/key.ts";
import * as member from "../model/members.ts";
import { metadataOf } from "../model/metadata.ts";
import { checkTags } from "../model/tags.ts";
import { defineOperation } from "../operation.ts";
import { relativesOf, requirePrimary } from "../relatives.ts";
import { newReplica, refuseReplicaRegion, withReplica } from "../replica.ts";
import { insertKey, replaceKey } from "../tables/keys.ts";

/** Makes a replica of a multi-Region primary key in another region. */
export const replicateKey = defineOperation({
  name: "ReplicateKey",
  readOnly: false,
  input: structure({
    KeyId: required(member.keyIdentifier),
    ReplicaRegion: required(member.regionName),
    Policy: member.policy,
    BypassPolicyLockoutSafetyCheck: boolean,
    Description: member.description,
    Tags: member.tags,
  }),
  output: structure({
    ReplicaKeyMetadata: required(member.keyMetadata),
    ReplicaPolicy: required(member.policy),
    ReplicaTags: member.tags,
  }),
  identity: [
    {
      action: "kms:CreateKey",
      resource: () => "*",
      conditions: ({ ReplicaRegion, Tags, BypassPolicyLockoutSafetyCheck = false }, { key }) => ({
        "aws:RequestedRegion": ReplicaRegion,
        "kms:BypassPolicyLockoutSafetyCheck": BypassPolicyLockoutSafetyCheck,
        ...kindConditions(key as KmsKey),
        "kms:MultiRegionKeyType": "REPLICA",
        ...tagConditions(Tags),
      }),
    },
    {
      action: "kms:TagResource",
      resource: ({ ReplicaRegion }, { account }) => kmsArn(ReplicaRegion, account, "key/*"),
      when: ({ Tags = [] }) => Tags.length > 0,
      conditions: ({ ReplicaRegion, Tags }) => ({
        "aws:RequestedRegion": ReplicaRegion,
        ...tagConditions(Tags),
      }),
    },
  ],
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:ReplicateKey",
      states: ["Enabled"],
      crossAccount: false,
      conditions: ({ ReplicaRegion, BypassPolicyLockoutSafetyCheck = false }) => ({
        "kms:ReplicaRegion": ReplicaRegion,
        "kms:BypassPolicyLockoutSafetyCheck": BypassPolicyLockoutSafetyCheck,
      }),
    },
  },
  audit: {
    request: [
      "KeyId",
      "ReplicaRegion",
      "Policy",
      "BypassPolicyLockoutSafetyCheck",
      "Description",
      "Tags",
    ],
    defaults: { Description: "", BypassPolicyLockoutSafetyCheck: false },
    response: ({ output: { ReplicaKeyMetadata, ReplicaPolicy } }) => ({
      replicaKeyMetadata: auditMembers(
        member.keyMetadata,
        Object.keys(member.keyMetadata.members),
        ReplicaKeyMetadata,
      ),
      replicaPolicy: ReplicaPolicy,
    }),
    resources: ({ output }) => [String(output.ReplicaKeyMetadata.Arn)],
  },

  async handle({ input, keys: { key }, context, tools }) {
    const { account, time } = context;
    const { ReplicaRegion, Description: description = "", Tags: tags = [] } = input;
    const multiRegion = requirePrimary(key);
    refuseReplicaRegion(key, ReplicaRegion, tools);
    checkTags(tags);
    const policy =
      input.Policy === undefined
        ? formatPolicy(defaultKeyPolicy(account))
        : await normalizeKeyPolicy(input.Policy, tools.principals);
    await tools.keyRoom.take(account, ReplicaRegion);
    const { domain, change } = await tools.keys.domains.findOrCreate(account, ReplicaRegion);
    const related = { ...multiRegion, replicas: [...multiRegion.replicas, ReplicaRegion] };
    const replica = newReplica(
      key,
      domain,
      related,
      { createdAt: time, policy, description, tags },
      tools,
    );
    if (input.BypassPolicyLockoutSafetyCheck !== true) refuseLockout(policy, replica, context);
    const relatives = await relativesOf(key, tools);
    const former = await tools.keys.findDeleted(account, ReplicaRegion, key.keyId);
    const { CurrentKeyMaterialId: _later, ...metadata } = metadataOf(replica, "Creating");
    return {
      output: {
        ReplicaKeyMetadata: metadata,
        ReplicaPolicy: await shownKeyPolicy(policy, tools.principals),
        ...(input.Tags === undefined ? {} : { ReplicaTags: tags }),
      },
      change: joinChanges([
        change,
        ...[key, ...relatives].map((each) => replaceKey(each, withReplica(each, related))),
        former === undefined ? insertKey(replica) : replaceKey(former, replica),
      ]),
      relied: [...relatives, ...(former === undefined ? [] : [former])].map(
        ({ version }) => version,
      ),
      events: [{ name: "CreateKey", thing: replica }],
    };
  },
});
