import { auditAnswer } from "../../../audit/record-members.ts";
import { required, structure } from "../../../shape/shape.ts";
import { policyAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { ownPolicy, requireContent, requireFreeName } from "../model/policies.ts";
import { changeTo, defineOperation } from "../operation.ts";

/** Changes what a policy says or is called; it counts at once wherever it is attached. */
export const updatePolicy = defineOperation({
  name: "UpdatePolicy",
  readOnly: false,
  input: structure({
    PolicyId: required(member.policyId),
    Name: member.policyName,
    Description: member.policyDescription,
    Content: member.policyContent,
  }),
  output: structure({ Policy: required(member.policy) }),
  keys: {
    policy: {
      role: "policy",
      locate: ({ PolicyId }) => PolicyId,
      action: "organizations:UpdatePolicy",
      crossAccount: false,
    },
  },
  audit: {
    request: ["PolicyId", "Name", "Description", "Content"],
    response: ({ output }) => ({ policy: auditAnswer(member.policy, output.Policy) }),
  },

  handle({ input, keys: { policy: thing } }) {
    const { organization, id } = thing;
    const before = ownPolicy(organization, id);
    const { Name: name = before.name, Content: content = before.content } = input;
    if (name !== before.name) requireFreeName(organization, name);
    requireContent(content);
    const after = { id, name, content, description: input.Description ?? before.description };
    const policies = organization.policies.map((each) => (each.id === id ? after : each));
    return {
      output: { Policy: policyAnswer(organization, after) },
      change: changeTo({ ...organization, policies }, thing),
    };
  },
});
