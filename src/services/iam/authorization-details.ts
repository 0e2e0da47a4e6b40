import type { ValueOf } from "../../shape/shape.ts";
import { boolean, integer, list, string, structure, timestamp } from "../../shape/shape.ts";
import { attachedPolicies } from "./attachments.ts";
import { policySummary, versionAnswer, versionShape } from "./managed-policies.ts";
import { boundaryAnswer, groupAnswer, tagsAnswer, userAnswer } from "./model/answers.ts";
import { encodeDocument } from "./model/documents.ts";
import type { Attachments, Group, ManagedPolicy, Role, User } from "./model/identity.ts";
import { policyPlace } from "./model/identity.ts";
import * as member from "./model/members.ts";
import type { IamTools } from "./operation.ts";
import type { PolicyUses } from "./policy-uses.ts";
import { roleSummary } from "./roles.ts";

const inlinePolicies = list(structure({ PolicyName: string(), PolicyDocument: string() }));
const common = { Path: string(), Arn: string(), CreateDate: timestamp };
const limited = { PermissionsBoundary: member.boundary, Tags: member.tags };

/** A user, with all that says what it may. */
export const userDetail = structure({
  ...common,
  ...limited,
  UserName: string(),
  UserId: string(),
  UserPolicyList: inlinePolicies,
  GroupList: list(string()),
  AttachedManagedPolicies: attachedPolicies,
});

/** A group, with all that says what its users may. */
export const groupDetail = structure({
  ...common,
  GroupName: string(),
  GroupId: string(),
  GroupPolicyList: inlinePolicies,
  AttachedManagedPolicies: attachedPolicies,
});

/** A role, with all that says who may assume it and what it then may. */
export const roleDetail = structure({
  ...common,
  ...limited,
  RoleName: string(),
  RoleId: string(),
  AssumeRolePolicyDocument: string(),
  InstanceProfileList: list(structure({ InstanceProfileName: string() })),
  RolePolicyList: inlinePolicies,
  AttachedManagedPolicies: attachedPolicies,
});

/** A managed policy with all its versions. */
export const policyDetail = structure({
  ...common,
  PolicyName: string(),
  PolicyId: string(),
  DefaultVersionId: string(),
  AttachmentCount: integer(),
  PermissionsBoundaryUsageCount: integer(),
  IsAttachable: boolean,
  Description: string(),
  UpdateDate: timestamp,
  PolicyVersionList: list(versionShape),
});

export function detailOfUser(user: User): ValueOf<typeof userDetail> {
  return {
    ...userAnswer(user),
    UserPolicyList: inlineOf(user),
    GroupList: user.groups,
    AttachedManagedPolicies: attachedTo(user),
  };
}

export function detailOfGroup(group: Group): ValueOf<typeof groupDetail> {
  return {
    ...groupAnswer(group),
    GroupPolicyList: inlineOf(group),
    AttachedManagedPolicies: attachedTo(group),
  };
}

export async function detailOfRole(
  role: Role,
  tools: IamTools,
): Promise<ValueOf<typeof roleDetail>> {
  const {
    Description: _left,
    MaxSessionDuration: _out,
    ...summary
  } = await roleSummary(role, tools);
  return {
    ...summary,
    ...boundaryAnswer(role.boundary),
    ...tagsAnswer(role.tags),
    InstanceProfileList: [],
    RolePolicyList: inlineOf(role),
    AttachedManagedPolicies: attachedTo(role),
  };
}

export function detailOfPolicy(
  policy: ManagedPolicy,
  uses: PolicyUses,
): ValueOf<typeof policyDetail> {
  const { description, versions } = policy;
  return {
    ...policySummary(policy, uses),
    ...(description === "" ? {} : { Description: description }),
    PolicyVersionList: versions.toReversed().map((version) => versionAnswer(policy, version)),
  };
}

function inlineOf({ inlinePolicies: policies }: Attachments) {
  return Object.entries(policies).map(([PolicyName, document]) => ({
    PolicyName,
    PolicyDocument: encodeDocument(document),
  }));
}

function attachedTo({ managedPolicies }: Attachments) {
  return managedPolicies.map((arn) => ({ PolicyName: policyPlace(arn).name, PolicyArn: arn }));
}
