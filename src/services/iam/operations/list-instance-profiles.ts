import { iamArn } from "../../../base/arn.ts";
import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { pageOfNone } from "../model/paging.ts";
import { defineOperation } from "../operation.ts";

/** Lists the instance profiles of the account: there are no instances. */
export const listInstanceProfiles = defineOperation({
  name: "ListInstanceProfiles",
  readOnly: true,
  input: structure({
    PathPrefix: member.pathPrefix,
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ InstanceProfiles: required(member.none), ...member.page }),
  identity: [
    {
      action: "iam:ListInstanceProfiles",
      resource: (_input, { account }) => iamArn(account, "instance-profile/"),
    },
  ],
  keys: {},
  audit: { request: ["PathPrefix", "Marker", "MaxItems"] },

  handle: ({ input }) => ({
    output: { InstanceProfiles: [], ...pageOfNone(input, "ListInstanceProfiles") },
  }),
});
