import { tagConditions } from "../../../api/request-tags.ts";
import { auditAnswer } from "../../../audit/record-members.ts";
import { required, structure } from "../../../shape/shape.ts";
import { typeConditions } from "../conditions.ts";
import { policyAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { requireContent, requireFreeName, withPolicy } from "../model/policies.ts";
import { policyTypeNotAvailable } from "../model/refusals.ts";
import { tagged } from "../model/tags.ts";
import { changeTo, defineOperation, managedOrganization, ownOrganization } from "../operation.ts";

/** Creates a service control policy, which limits nobody until it is attached. */
export const createPolicy = defineOperation({
  name: "CreatePolicy",
  readOnly: false,
  input: structure({
    Content: required(member.policyContent),
    Description: required(member.policyDescription),
    Name: required(member.policyName),
    Type: required(member.policyType),
    Tags: member.tags,
  }),
  output: structure({ Policy: required(member.policy) }),
  identity: [
    {
      action: "organizations:CreatePolicy",
      resource: () => "*",
      conditions: ({ Type, Tags }) => ({ ...typeConditions(Type), ...tagConditions(Tags) }),
    },
    {
      action: "organizations:TagResource",
      resource: () => "*",
      when: ({ Tags = [] }) => Tags.length > 0,
      conditions: ({ Tags }) => tagConditions(Tags),
    },
  ],
  keys: {},
  changes: ownOrganization,
  audit: {
    request: ["Content", "Description", "Name", "Type", "Tags"],
    response: ({ output }) => ({ policy: auditAnswer(member.policy, output.Policy) }),
  },

  async handle({ input, context, tools }) {
    const found = await managedOrganization(context, tools);
    const { organization, versions: relied } = found;
    if (input.Type !== "SERVICE_CONTROL_POLICY") throw policyTypeNotAvailable();
    requireContent(input.Content);
    requireFreeName(organization, input.Name);
    const policy = {
      id: `p-${tools.ids.unique("", 10).toLowerCase()}`,
      name: input.Name,
      description: input.Description,
      content: input.Content,
    };
    const next = tagged(withPolicy(organization, policy), policy.id, input.Tags);
    return {
      output: { Policy: policyAnswer(next, policy) },
      change: changeTo(next, found),
      relied,
    };
  },
});
