import { list, required, structure } from "../../../shape/shape.ts";
import { versionShape, versionSummary } from "../managed-policies.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { defineOperation, found } from "../operation.ts";

/** Lists the versions of a managed policy, the newest first. */
export const listPolicyVersions = defineOperation({
  name: "ListPolicyVersions",
  readOnly: true,
  input: structure({
    PolicyArn: required(member.arn),
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ Versions: list(versionShape), ...member.page }),
  keys: {
    policy: {
      kind: "policy",
      locate: ({ PolicyArn }) => PolicyArn,
      action: "iam:ListPolicyVersions",
      crossAccount: true,
    },
  },
  audit: { request: ["PolicyArn", "Marker", "MaxItems"] },

  handle({ input, keys: { policy: thing } }) {
    const policy = found(thing);
    const listing = `versions of ${thing.arn}`;
    const { entries, page } = pageOf(policy.versions, input, listing, ({ id }) => newestFirst(id));
    return {
      output: { Versions: entries.map((version) => versionSummary(policy, version)), ...page },
    };
  },
});

/** A sort key that falls as versions rise. */
function newestFirst(id: string): string {
  return String(Number.MAX_SAFE_INTEGER - Number(id.slice(1)));
}
