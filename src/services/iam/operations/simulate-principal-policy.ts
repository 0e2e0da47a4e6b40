import { list, required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import {
  simulationAnswer,
  simulationMembers,
  simulationNames,
} from "../model/simulation-members.ts";
import { defineOperation } from "../operation.ts";
import {
  commonOf,
  inputBoundary,
  inputConditions,
  inputPolicies,
  principalConditions,
  simulatedPage,
} from "../simulation-request.ts";
import { simulatedCaller, sourceOf } from "../simulation-source.ts";

/** Decides actions by the policies of a user (with those of its groups), group or role. */
export const simulatePrincipalPolicy = defineOperation({
  name: "SimulatePrincipalPolicy",
  readOnly: true,
  input: structure({
    PolicySourceArn: required(member.arn),
    PolicyInputList: list(member.policyDocument),
    ...simulationMembers,
  }),
  output: simulationAnswer,
  identity: [
    { action: "iam:SimulatePrincipalPolicy", resource: ({ PolicySourceArn }) => PolicySourceArn },
  ],
  keys: {},
  audit: {
    request: ["PolicySourceArn", "PolicyInputList", ...simulationNames],
  },

  async handle({ input, context, tools }) {
    const source = await sourceOf(input.PolicySourceArn, context.account, tools);
    const { principal, tags } = simulatedCaller(input, source);
    const { serviceControl } = context.caller.limits ?? {};
    const simulation = {
      ...commonOf(input, principal),
      identity: [...source.policies, ...inputPolicies(input.PolicyInputList)],
      boundary: inputBoundary(input) ?? source.boundary,
      ...(serviceControl && { serviceControl }),
      conditions: { ...principalConditions(principal, tags), ...inputConditions(input) },
    };
    return { output: simulatedPage(input, simulation) };
  },
});
