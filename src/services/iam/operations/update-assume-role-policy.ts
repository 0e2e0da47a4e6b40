import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation, modifiable } from "../operation.ts";
import { replaceEntity } from "../tables/changes.ts";
import { normalizeTrustPolicy } from "../trust-policy.ts";

/** Replaces the policy that says who may assume a role. */
export const updateAssumeRolePolicy = defineOperation({
  name: "UpdateAssumeRolePolicy",
  readOnly: false,
  input: structure({
    RoleName: required(member.roleName),
    PolicyDocument: required(member.policyDocument),
  }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:UpdateAssumeRolePolicy",
      crossAccount: false,
    },
  },
  audit: { request: ["RoleName", "PolicyDocument"] },

  async handle({ input, keys: { role: thing }, tools }) {
    const role = modifiable(thing);
    const trustPolicy = await normalizeTrustPolicy(input.PolicyDocument, tools);
    const next = { ...role, trustPolicy };
    return { output: undefined, change: replaceEntity("role", role, next, thing.domain) };
  },
});
