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
  invalid,
  principalConditions,
  readCaller,
  simulatedPage,
} from "../simulation-request.ts";

/** Decides actions by policies that the request brings along. */
export const simulateCustomPolicy = defineOperation({
  name: "SimulateCustomPolicy",
  readOnly: true,
  input: structure({
    PolicyInputList: required(list(member.policyDocument)),
    ...simulationMembers,
  }),
  output: simulationAnswer,
  identity: [{ action: "iam:SimulateCustomPolicy", resource: () => "*" }],
  keys: {},
  audit: { request: ["PolicyInputList", ...simulationNames] },

  handle({ input, context: { account } }) {
    const { CallerArn, ResourcePolicy } = input;
    if (ResourcePolicy !== undefined && CallerArn === undefined)
      throw invalid("CallerArn is required with ResourcePolicy.");
    const caller = CallerArn === undefined ? undefined : readCaller(CallerArn);
    const anybody = {
      type: "User",
      arn: `arn:aws:iam::${account}:user/`,
      account,
      userId: "",
    } as const;
    const simulation = {
      ...commonOf(input, caller ?? anybody),
      identity: inputPolicies(input.PolicyInputList),
      boundary: inputBoundary(input),
      conditions: { ...(caller && principalConditions(caller)), ...inputConditions(input) },
    };
    return { output: simulatedPage(input, simulation) };
  },
});
