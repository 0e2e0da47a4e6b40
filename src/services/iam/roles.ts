import { auditAnswer } from "../../audit/record-members.ts";
import type { JsonObject } from "../../base/json.ts";
import type { StructureShape, ValueOf } from "../../shape/shape.ts";
import { integer, required, string, structure, timestamp } from "../../shape/shape.ts";
import { boundaryAnswer, tagsAnswer } from "./model/answers.ts";
import { encodeDocument } from "./model/documents.ts";
import type { Role } from "./model/identity.ts";
import { entityArn } from "./model/identity.ts";
import * as member from "./model/members.ts";
import { requireRoom } from "./model/quotas.ts";
import type { IamTools } from "./operation.ts";
import { principalsFrom } from "./principals.ts";
import { shownTrustPolicy } from "./trust-policy.ts";

/** Refuses another role in an account that has as many as it may have. Throws LimitExceeded. */
export async function requireRoomForRole(account: string, { identities }: IamTools): Promise<void> {
  requireRoom("RolesPerAccount", await identities.count("role", account));
}

export const roleDescription = string({
  max: 1_000,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: AWS's own pattern, which the refusal quotes
  pattern: /[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*/,
});
export const sessionDuration = integer({ min: 3_600, max: 43_200 });

/** How long a session of a role may last when nobody says. */
export const usualSession = 3_600;

/** A role as the operations answer it. */
export const roleShape = structure({
  Path: required(string()),
  RoleName: required(string()),
  RoleId: required(string()),
  Arn: required(string()),
  CreateDate: required(timestamp),
  AssumeRolePolicyDocument: string(),
  Description: string(),
  MaxSessionDuration: integer(),
  PermissionsBoundary: member.boundary,
  RoleLastUsed: structure({}),
  Tags: member.tags,
});

/** A role as GetRole answers it: when it was last used is not known, as it is not in AWS for the first hours. */
export async function roleDetails(
  role: Role,
  tools: Pick<IamTools, "identities">,
): Promise<ValueOf<typeof roleShape>> {
  const MaxSessionDuration = role.maxSessionDuration;
  return { ...(await roleAnswer(role, tools)), MaxSessionDuration, RoleLastUsed: {} };
}

/** A role as the operations answer it that make or describe it anew. */
export async function roleAnswer(
  role: Role,
  tools: Pick<IamTools, "identities">,
): Promise<ValueOf<typeof roleShape>> {
  return {
    ...(await roleHead(role, tools)),
    ...boundaryAnswer(role.boundary),
    ...tagsAnswer(role.tags),
  };
}

/** A role as listings show it. */
export async function roleSummary(
  role: Role,
  tools: Pick<IamTools, "identities">,
): Promise<ValueOf<typeof roleShape>> {
  return { ...(await roleHead(role, tools)), MaxSessionDuration: role.maxSessionDuration };
}

/** What every answer tells of a role. */
async function roleHead(
  role: Role,
  { identities }: Pick<IamTools, "identities">,
): Promise<ValueOf<typeof roleShape>> {
  const trust = await shownTrustPolicy(role.trustPolicy, principalsFrom(identities));
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.roleId,
    Arn: entityArn("role", role),
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: encodeDocument(trust),
    ...(role.description === "" ? {} : { Description: role.description }),
  };
}

/** A new role as it enters the audit record. */
export function auditRole(role: ValueOf<typeof roleShape> | undefined): JsonObject {
  return role === undefined ? {} : { role: auditAnswer(roleShape as StructureShape, role) };
}
