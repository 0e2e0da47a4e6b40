import type { JsonObject } from "../../../../base/json.ts";

/**
 * A managed policy of AWS's, as AWS publishes it. Of the policies that speak of all services (ReadOnlyAccess, SecurityAudit, job
 * functions) there are the actions of those that people have beside KMS: access-analyzer, account, cloudtrail, iam, kms, logs,
 * organizations, s3, secretsmanager, ssm, sts and tag.
 */
export interface AwsPolicy {
  readonly name: string;
  /** Absent for `/`. */
  readonly path?: string;
  /** The version of AWS's that is in force, and since when. */
  readonly version: `v${number}`;
  readonly created: string;
  readonly updated: string;
  readonly statements: readonly JsonObject[];
}

/** A list that is written as words. */
export function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
