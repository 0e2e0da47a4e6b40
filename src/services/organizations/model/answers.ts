import type { ValueOf } from "../../../shape/shape.ts";
import type * as member from "./members.ts";
import type {
  AccountRequest,
  Organization,
  OrganizationAccount,
  ServiceControlPolicy,
} from "./organization.ts";
import { fullAwsAccess, organizationArn, resourceArn } from "./organization.ts";

const enabledTypes = [{ Type: "SERVICE_CONTROL_POLICY", Status: "ENABLED" }];
const rootName = "Root";

export function organizationAnswer(
  organization: Organization,
): ValueOf<typeof member.organization> {
  const { id, managementAccount } = organization;
  return {
    Id: id,
    Arn: organizationArn(organization),
    FeatureSet: "ALL",
    MasterAccountArn: resourceArn(organization, managementAccount),
    MasterAccountId: managementAccount,
    AvailablePolicyTypes: enabledTypes,
  };
}

export function rootAnswer(organization: Organization): ValueOf<typeof member.root> {
  const { rootId, enabled } = organization;
  return {
    Id: rootId,
    Arn: resourceArn(organization, rootId),
    Name: rootName,
    PolicyTypes: enabled ? enabledTypes : [],
  };
}

export function accountAnswer(
  organization: Organization,
  { id, name, email, joinedAt }: OrganizationAccount,
): ValueOf<typeof member.account> {
  const { managementAccount, id: organizationId, rootId } = organization;
  return {
    Id: id,
    Arn: resourceArn(organization, id),
    ...(email === undefined ? {} : { Email: email }),
    Name: name,
    Status: "ACTIVE",
    State: "ACTIVE",
    Paths: [`${organizationId}/${rootId}/${id}/`],
    JoinedMethod: id === managementAccount ? "INVITED" : "CREATED",
    JoinedTimestamp: joinedAt,
  };
}

export function requestAnswer({
  id,
  name,
  requestedAt,
  outcome,
}: AccountRequest): ValueOf<typeof member.createAccountStatus> {
  return {
    Id: id,
    AccountName: name,
    State: stateOf(outcome),
    RequestedTimestamp: requestedAt,
    CompletedTimestamp: requestedAt,
    ...("account" in outcome ? { AccountId: outcome.account } : { FailureReason: outcome.failure }),
  };
}

export function stateOf(outcome: AccountRequest["outcome"]): "SUCCEEDED" | "FAILED" {
  return "account" in outcome ? "SUCCEEDED" : "FAILED";
}

export function summaryAnswer(
  organization: Organization,
  { id, name, description }: ServiceControlPolicy,
): ValueOf<typeof member.policySummary> {
  return {
    Id: id,
    Arn: resourceArn(organization, id),
    Name: name,
    Description: description,
    Type: "SERVICE_CONTROL_POLICY",
    AwsManaged: id === fullAwsAccess.id,
  };
}

export function policyAnswer(
  organization: Organization,
  policy: ServiceControlPolicy,
): ValueOf<typeof member.policy> {
  return { PolicySummary: summaryAnswer(organization, policy), Content: policy.content };
}

/** A root or an account as what a policy is attached to. */
export function targetAnswer(
  organization: Organization,
  id: string,
): ValueOf<typeof member.target> {
  const account = organization.accounts.find((each) => each.id === id);
  return {
    TargetId: id,
    Arn: resourceArn(organization, id),
    Name: account?.name ?? rootName,
    Type: account === undefined ? "ROOT" : "ACCOUNT",
  };
}
