import { iamArn } from "../../../base/arn.ts";
import { oneOf, required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { pageOfNone } from "../model/paging.ts";
import { defineOperation } from "../operation.ts";

/** Lists the virtual MFA devices of the account, of which there are none. */
export const listVirtualMFADevices = defineOperation({
  name: "ListVirtualMFADevices",
  readOnly: true,
  input: structure({
    AssignmentStatus: oneOf("Assigned", "Unassigned", "Any"),
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ VirtualMFADevices: required(member.none), ...member.page }),
  identity: [
    {
      action: "iam:ListVirtualMFADevices",
      resource: (_input, { account }) => iamArn(account, "mfa/"),
    },
  ],
  keys: {},
  audit: { request: ["AssignmentStatus", "Marker", "MaxItems"] },

  handle: ({ input }) => ({
    output: { VirtualMFADevices: [], ...pageOfNone(input, "ListVirtualMFADevices") },
  }),
});
