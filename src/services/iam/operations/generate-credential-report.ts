import { oneOf, required, string, structure } from "../../../shape/shape.ts";
import { isFresh } from "../credential-reports.ts";
import { formatCredentialReport } from "../model/credential-report.ts";
import { defineOperation } from "../operation.ts";
import { readAccount } from "../reading.ts";
import { storeCredentialReport } from "../tables/credential-reports.ts";

/** Makes the credential report of the account, unless there is one of the last four hours. It is complete at once. */
export const generateCredentialReport = defineOperation({
  name: "GenerateCredentialReport",
  readOnly: false,
  input: structure({}),
  output: structure({
    State: required(oneOf("STARTED", "INPROGRESS", "COMPLETE")),
    Description: string(),
  }),
  identity: [{ action: "iam:GenerateCredentialReport", resource: () => "*" }],
  keys: {},
  audit: { request: [] },

  async handle({ context: { account: id, time }, tools }) {
    const { identities, accessKeyUses, credentialReport } = tools;
    const before = await credentialReport(id);
    const output = { State: "COMPLETE" } as const;
    if (before !== undefined && isFresh(before, time)) return { output };
    const { account } = await readAccount(id, tools);
    const root = await identities.find("user", id, "");
    const users = await identities.list("user", id);
    const content = formatCredentialReport(
      account,
      root === undefined ? users : [root, ...users],
      await accessKeyUses.ofAccount(id),
    );
    const domain = await identities.domain(id);
    return { output, change: storeCredentialReport(id, { generatedAt: time, content }, domain) };
  },
});
