import { auditAnswer } from "../../audit/record-members.ts";
import { AwsError } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";
import type { ValueOf } from "../../shape/shape.ts";
import { boolean, integer, string, structure, timestamp } from "../../shape/shape.ts";
import { tagsAnswer } from "./model/answers.ts";
import { encodeDocument } from "./model/documents.ts";
import type { ManagedPolicy, PolicyVersion } from "./model/identity.ts";
import { entityArn, isServiceLinked } from "./model/identity.ts";
import * as member from "./model/members.ts";
import { quotas, requireRoom } from "./model/quotas.ts";
import type { EntityThing, IamTools } from "./operation.ts";
import type { PolicyUses } from "./policy-uses.ts";

/** A managed policy as the operations answer it. */
export const policyShape = structure({
  PolicyName: string(),
  PolicyId: string(),
  Arn: string(),
  Path: string(),
  DefaultVersionId: string(),
  AttachmentCount: integer(),
  PermissionsBoundaryUsageCount: integer(),
  IsAttachable: boolean,
  Description: string(),
  CreateDate: timestamp,
  UpdateDate: timestamp,
  Tags: member.tags,
});

/** A version of a managed policy as the operations answer it. */
export const versionShape = structure({
  Document: string(),
  VersionId: string(),
  IsDefaultVersion: boolean,
  CreateDate: timestamp,
});

/** Refuses another policy in an account that has as many as it may have. Throws LimitExceeded. */
export async function requireRoomForPolicy(
  account: string,
  { identities }: IamTools,
): Promise<void> {
  requireRoom("PoliciesPerAccount", await identities.count("policy", account));
}

/** A managed policy as GetPolicy answers it, which lists its tags even when there are none. */
export function policyAnswer(policy: ManagedPolicy, uses: PolicyUses): ValueOf<typeof policyShape> {
  const { description } = policy;
  return {
    ...newPolicyAnswer(policy, uses),
    ...(description === "" ? {} : { Description: description }),
    Tags: tagsAnswer(policy.tags).Tags ?? [],
  };
}

/** A managed policy as CreatePolicy answers it: without its description. */
export function newPolicyAnswer(
  policy: ManagedPolicy,
  uses: PolicyUses,
): ValueOf<typeof policyShape> {
  return { ...policySummary(policy, uses), ...tagsAnswer(policy.tags) };
}

/** A managed policy as listings show it. */
export function policySummary(
  policy: ManagedPolicy,
  { attached, bounding }: PolicyUses,
): ValueOf<typeof policyShape> {
  return {
    PolicyName: policy.name,
    PolicyId: policy.policyId,
    Arn: entityArn("policy", policy),
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: attached,
    PermissionsBoundaryUsageCount: bounding,
    IsAttachable: !isServiceLinked(policy),
    CreateDate: policy.createdAt,
    UpdateDate: policy.updatedAt,
  };
}

/** A version as listings show it, without its document. */
export function versionSummary(
  { defaultVersionId }: ManagedPolicy,
  { id, createdAt }: PolicyVersion,
): ValueOf<typeof versionShape> {
  return { VersionId: id, IsDefaultVersion: id === defaultVersionId, CreateDate: createdAt };
}

/** A version with its document. */
export function versionAnswer(
  policy: ManagedPolicy,
  version: PolicyVersion,
): ValueOf<typeof versionShape> {
  return { Document: encodeDocument(version.document), ...versionSummary(policy, version) };
}

/** A policy that has a version, and that version. Throws NoSuchEntity, for both alike. */
export function requireVersion(
  { entity: policy, arn }: EntityThing<"policy">,
  id: string,
): { readonly policy: ManagedPolicy; readonly version: PolicyVersion } {
  const version = policy?.versions.find((each) => each.id === id);
  if (policy === undefined || version === undefined)
    throw new AwsError(
      "NoSuchEntityException",
      `Policy ${arn} version ${id} does not exist or is not attachable.`,
    );
  return { policy, version };
}

/** The policy with one more version. Throws LimitExceeded. */
export function withVersion(
  policy: ManagedPolicy,
  document: string,
  { isDefault, time }: { readonly isDefault: boolean; readonly time: Date },
): { readonly version: PolicyVersion; readonly next: ManagedPolicy } {
  const most = quotas.VersionsPerPolicy;
  if (policy.versions.length >= most)
    throw new AwsError(
      "LimitExceededException",
      `A managed policy can have up to ${most} versions. Before you create a new version, you must delete an existing version.`,
    );
  const lastVersion = policy.lastVersion + 1;
  const version: PolicyVersion = { id: `v${lastVersion}`, document, createdAt: time };
  const next: ManagedPolicy = {
    ...policy,
    versions: [...policy.versions, version],
    lastVersion,
    updatedAt: time,
    ...(isDefault ? { defaultVersionId: version.id } : {}),
  };
  return { version, next };
}

/** A policy as it enters the audit record. */
export function auditPolicy(policy: ValueOf<typeof policyShape>): JsonObject {
  return { policy: auditAnswer(policyShape, policy) };
}
