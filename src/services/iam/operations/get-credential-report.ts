import { AwsError } from "../../../base/errors.ts";
import { blob, required, string, structure, timestamp } from "../../../shape/shape.ts";
import { isFresh } from "../credential-reports.ts";
import { defineOperation } from "../operation.ts";

/** Gives out the credential report that was made last. */
export const getCredentialReport = defineOperation({
  name: "GetCredentialReport",
  readOnly: true,
  input: structure({}),
  output: structure({
    Content: required(blob()),
    ReportFormat: required(string()),
    GeneratedTime: required(timestamp),
  }),
  identity: [{ action: "iam:GetCredentialReport", resource: () => "*" }],
  keys: {},
  audit: { request: [] },

  async handle({ context: { account, time }, tools }) {
    const report = await tools.credentialReport(account);
    if (report === undefined)
      throw new AwsError(
        "CredentialReportNotPresentException",
        "No report exists: generate one first.",
      );
    if (!isFresh(report, time))
      throw new AwsError(
        "CredentialReportExpiredException",
        "The report is older than four hours: generate a new one.",
      );
    return {
      output: {
        Content: Buffer.from(report.content, "utf8"),
        ReportFormat: "text/csv",
        GeneratedTime: report.generatedAt,
      },
    };
  },
});
