import type { ValueOf } from "../../../shape/shape.ts";
import {
  boolean,
  integer,
  list,
  oneOf,
  required,
  string,
  structure,
} from "../../../shape/shape.ts";
import * as member from "./members.ts";

/** Members of the requests and answers of both simulations. */

const actionName = string({ min: 3, max: 128 });
const resourceName = string({ min: 1, max: 2048 });
const policies = list(member.policyDocument);

export const simulationMembers = {
  PermissionsBoundaryPolicyInputList: policies,
  ActionNames: required(list(actionName)),
  ResourceArns: list(resourceName),
  ResourcePolicy: member.policyDocument,
  ResourceOwner: resourceName,
  CallerArn: resourceName,
  ContextEntries: list(
    structure({
      ContextKeyName: string({ min: 5, max: 256 }),
      ContextKeyValues: list(string()),
      ContextKeyType: oneOf(
        ...["string", "stringList", "numeric", "numericList", "boolean", "booleanList", "ip"],
        ...["ipList", "binary", "binaryList", "date", "dateList"],
      ),
    }),
  ),
  ResourceHandlingOption: string({ min: 1, max: 64 }),
  MaxItems: member.maxItems,
  Marker: member.marker,
};
/** Their names, as audit records list them. */
export const simulationNames = [
  "PermissionsBoundaryPolicyInputList",
  "ActionNames",
  "ResourceArns",
  "ResourcePolicy",
  "ResourceOwner",
  "CallerArn",
  "ContextEntries",
  "ResourceHandlingOption",
  "MaxItems",
  "Marker",
] as const satisfies readonly (keyof typeof simulationMembers)[];
const simulationRequest = structure(simulationMembers);
/** What both requests have. */
export type SimulationRequest = ValueOf<typeof simulationRequest>;

const decision = oneOf("allowed", "explicitDeny", "implicitDeny");
const position = structure({ Line: integer(), Column: integer() });
const details = {
  MatchedStatements: list(
    structure({
      SourcePolicyId: string(),
      SourcePolicyType: string(),
      StartPosition: position,
      EndPosition: position,
    }),
  ),
  MissingContextValues: list(string()),
  PermissionsBoundaryDecisionDetail: structure({ AllowedByPermissionsBoundary: boolean }),
  /** The query protocol writes a map as its entries. */
  EvalDecisionDetails: structure({
    entry: list(structure({ key: required(string()), value: required(decision) })),
  }),
};

/** The answer to one action on one resource. */
export const evaluationResult = structure({
  EvalActionName: required(actionName),
  EvalResourceName: resourceName,
  EvalDecision: required(decision),
  ...details,
  OrganizationsDecisionDetail: structure({ AllowedByOrganizations: boolean }),
  ResourceSpecificResults: list(
    structure({
      EvalResourceName: required(resourceName),
      EvalResourceDecision: required(decision),
      ...details,
    }),
  ),
});

export const simulationAnswer = structure({
  EvaluationResults: list(evaluationResult),
  ...member.page,
});
