import { auditAnswer } from "../../../audit/record-members.ts";
import { boolean, required, structure } from "../../../shape/shape.ts";
import { versionShape, versionSummary, withVersion } from "../managed-policies.ts";
import { requireManagedPolicy } from "../model/documents.ts";
import * as member from "../model/members.ts";
import { defineOperation, found } from "../operation.ts";
import { replaceEntity } from "../tables/changes.ts";

/** Adds a version to a managed policy, on request the one in force. */
export const createPolicyVersion = defineOperation({
  name: "CreatePolicyVersion",
  readOnly: false,
  input: structure({
    PolicyArn: required(member.arn),
    PolicyDocument: required(member.policyDocument),
    SetAsDefault: boolean,
  }),
  output: structure({ PolicyVersion: required(versionShape) }),
  keys: {
    policy: {
      kind: "policy",
      locate: ({ PolicyArn }) => PolicyArn,
      action: "iam:CreatePolicyVersion",
      crossAccount: false,
    },
  },
  audit: {
    request: ["PolicyArn", "PolicyDocument", "SetAsDefault"],
    response: ({ output: { PolicyVersion: created } }) => ({
      policyVersion: auditAnswer(versionShape, created),
    }),
  },

  handle({ input, keys: { policy: thing }, context: { time } }) {
    const { PolicyDocument, SetAsDefault: isDefault = false } = input;
    const policy = found(thing);
    requireManagedPolicy(PolicyDocument);
    const { version, next } = withVersion(policy, PolicyDocument, { isDefault, time });
    return {
      output: { PolicyVersion: versionSummary(next, version) },
      change: replaceEntity("policy", policy, next, thing.domain),
    };
  },
});
