import { tagConditions } from "../../../api/request-tags.ts";
import { required, string, structure } from "../../../shape/shape.ts";
import {
  auditPolicy,
  newPolicyAnswer,
  policyShape,
  requireRoomForPolicy,
} from "../managed-policies.ts";
import { requireManagedPolicy } from "../model/documents.ts";
import type { ManagedPolicy } from "../model/identity.ts";
import { entityArn } from "../model/identity.ts";
import * as member from "../model/members.ts";
import { requireName } from "../model/names.ts";
import { mergeTags } from "../model/tags.ts";
import { defineOperation } from "../operation.ts";
import { insertEntity } from "../tables/changes.ts";
import { requireFree } from "../uniqueness.ts";

/** Creates a managed policy of the account, with its first version in force. */
export const createPolicy = defineOperation({
  name: "CreatePolicy",
  readOnly: false,
  input: structure({
    PolicyName: required(member.policyName),
    Path: member.policyPath,
    PolicyDocument: required(member.policyDocument),
    Description: string({ max: 1_000 }),
    Tags: member.tags,
  }),
  output: structure({ Policy: required(policyShape) }),
  identity: [
    {
      action: "iam:CreatePolicy",
      resource: ({ PolicyName: name, Path: path = "/" }, { account }) =>
        entityArn("policy", { account, name, path }),
      conditions: ({ Tags }) => tagConditions(Tags),
    },
    {
      action: "iam:TagPolicy",
      resource: ({ PolicyName: name, Path: path = "/" }, { account }) =>
        entityArn("policy", { account, name, path }),
      when: ({ Tags = [] }) => Tags.length > 0,
      conditions: ({ Tags }) => tagConditions(Tags),
    },
  ],
  keys: {},
  audit: {
    request: ["PolicyName", "Path", "PolicyDocument", "Description", "Tags"],
    response: ({ output: { Policy: created } }) => auditPolicy(created),
  },

  async handle({ input, context: { account, time }, tools }) {
    const name = requireName("policyName", input.PolicyName);
    const document = input.PolicyDocument;
    requireManagedPolicy(document);
    await requireFree("policy", account, name, tools);
    await requireRoomForPolicy(account, tools);
    const policy: ManagedPolicy = {
      account,
      name,
      path: input.Path ?? "/",
      policyId: tools.ids.unique("ANPA"),
      description: input.Description ?? "",
      createdAt: time,
      updatedAt: time,
      tags: mergeTags({}, input.Tags),
      versions: [{ id: "v1", document, createdAt: time }],
      defaultVersionId: "v1",
      lastVersion: 1,
      version: tools.ids.version(),
    };
    return {
      output: { Policy: newPolicyAnswer(policy, { attached: 0, bounding: 0 }) },
      change: insertEntity("policy", policy, await tools.identities.domain(account)),
    };
  },
});
