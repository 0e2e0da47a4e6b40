import { iamArn } from "../../../base/arn.ts";
import { sha256 } from "../../../crypto/hash.ts";
import { administrationPolicies } from "./aws-policies/administration.ts";
import { auditPolicies } from "./aws-policies/audit.ts";
import { jobFunctionsPolicies } from "./aws-policies/job-functions.ts";
import type { AwsPolicy } from "./aws-policies/row.ts";
import { storageAndLogsPolicies } from "./aws-policies/storage-and-logs.ts";
import { systemsManagerPolicies } from "./aws-policies/systems-manager.ts";
import type { ManagedPolicy } from "./identity.ts";

const catalogue: ReadonlyMap<string, ManagedPolicy> = new Map(
  [
    ...administrationPolicies,
    ...auditPolicies,
    ...jobFunctionsPolicies,
    ...storageAndLogsPolicies,
    ...systemsManagerPolicies,
  ].map((row) => [arnOf(row), policyOf(row)]),
);

/** The AWS managed policies that are known here, by ARN. Attaching another one is refused, never ignored. */
export const awsManagedPolicies: ReadonlyMap<string, string> = new Map(
  [...catalogue].map(([arn, { versions }]) => [arn, versions[0]?.document ?? ""]),
);

/** An AWS managed policy as an entity; undefined for one that is not known here. */
export function awsManagedPolicy(arn: string): ManagedPolicy | undefined {
  return catalogue.get(arn);
}

function arnOf({ name, path = "/" }: AwsPolicy): string {
  return iamArn("aws", `policy${path}${name}`);
}

function policyOf(row: AwsPolicy): ManagedPolicy {
  const document = JSON.stringify({ Version: "2012-10-17", Statement: row.statements });
  const updatedAt = new Date(row.updated);
  return {
    account: "aws",
    name: row.name,
    path: row.path ?? "/",
    policyId: `ANPA${awsId(arnOf(row))}`,
    description: "",
    createdAt: new Date(row.created),
    updatedAt,
    tags: {},
    versions: [{ id: row.version, document, createdAt: updatedAt }],
    defaultVersionId: row.version,
    lastVersion: Number(row.version.slice(1)),
    version: 0,
  };
}

/** 17 characters of AWS's unique ids that are always the same for one ARN. */
function awsId(arn: string): string {
  return sha256(Buffer.from(arn))
    .toString("hex")
    .slice(0, 17)
    .toUpperCase()
    .replaceAll(/[0189]/g, (digit) => "WXYZ"["0189".indexOf(digit)] ?? digit);
}
