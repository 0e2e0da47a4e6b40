import { tagConditions } from "../../../api/request-tags.ts";
import { required, structure } from "../../../shape/shape.ts";
import { requireBoundary } from "../attachable.ts";
import type { Role } from "../model/identity.ts";
import { entityArn, isServiceLinked } from "../model/identity.ts";
import * as member from "../model/members.ts";
import { requireName, requirePath } from "../model/names.ts";
import { reservedPath } from "../model/refusals.ts";
import { mergeTags } from "../model/tags.ts";
import { defineOperation } from "../operation.ts";
import {
  auditRole,
  requireRoomForRole,
  roleAnswer,
  roleDescription,
  roleShape,
  sessionDuration,
  usualSession,
} from "../roles.ts";
import { insertEntity } from "../tables/changes.ts";
import { normalizeTrustPolicy } from "../trust-policy.ts";
import { requireFree } from "../uniqueness.ts";

/** Creates a role of the account, with the policy that says who may assume it. */
export const createRole = defineOperation({
  name: "CreateRole",
  readOnly: false,
  input: structure({
    Path: member.path,
    RoleName: required(member.roleName),
    AssumeRolePolicyDocument: required(member.policyDocument),
    Description: roleDescription,
    MaxSessionDuration: sessionDuration,
    PermissionsBoundary: member.arn,
    Tags: member.tags,
  }),
  output: structure({ Role: required(roleShape) }),
  identity: [
    {
      action: "iam:CreateRole",
      resource: ({ RoleName: name, Path: path = "/" }, { account }) =>
        entityArn("role", { account, name, path }),
      conditions: ({ Tags, PermissionsBoundary }) => ({
        ...tagConditions(Tags),
        "iam:PermissionsBoundary": PermissionsBoundary,
      }),
    },
    {
      action: "iam:TagRole",
      resource: ({ RoleName: name, Path: path = "/" }, { account }) =>
        entityArn("role", { account, name, path }),
      when: ({ Tags = [] }) => Tags.length > 0,
      conditions: ({ Tags }) => tagConditions(Tags),
    },
  ],
  keys: {},
  audit: {
    request: [
      "Path",
      "RoleName",
      "AssumeRolePolicyDocument",
      "Description",
      "MaxSessionDuration",
      "PermissionsBoundary",
      "Tags",
    ],
    response: ({ output: { Role: created } }) => auditRole(created),
  },

  async handle({ input, context: { account, time }, tools }) {
    const name = requireName("roleName", input.RoleName);
    const path = requirePath(input.Path);
    if (isServiceLinked({ path })) throw reservedPath(path);
    await requireFree("role", account, name, tools);
    await requireRoomForRole(account, tools);
    const { bounded, relied } = await requireBoundary(input.PermissionsBoundary, account, tools);
    const role: Role = {
      account,
      name,
      path,
      roleId: tools.ids.unique("AROA"),
      createdAt: time,
      trustPolicy: await normalizeTrustPolicy(input.AssumeRolePolicyDocument, tools),
      description: input.Description ?? "",
      maxSessionDuration: input.MaxSessionDuration ?? usualSession,
      managedPolicies: [],
      inlinePolicies: {},
      tags: mergeTags({}, input.Tags),
      version: tools.ids.version(),
      ...bounded,
    };
    return {
      // A role's creation does not tell its description.
      output: { Role: await roleAnswer({ ...role, description: "" }, tools) },
      change: insertEntity("role", role, await tools.identities.domain(account)),
      relied,
    };
  },
});
