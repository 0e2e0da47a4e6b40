import { required, string, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { pageOfNone } from "../model/paging.ts";
import { defineOperation, found } from "../operation.ts";

/** Lists the credentials of a user for single services, of which there are none; without a name, of the caller. */
export const listServiceSpecificCredentials = defineOperation({
  name: "ListServiceSpecificCredentials",
  readOnly: true,
  input: structure({
    UserName: member.existingUserName,
    ServiceName: string(),
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ ServiceSpecificCredentials: required(member.none), ...member.page }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:ListServiceSpecificCredentials",
      crossAccount: false,
    },
  },
  audit: { request: ["UserName", "ServiceName", "Marker", "MaxItems"] },

  handle({ input, keys: { user: thing } }) {
    return {
      output: {
        ServiceSpecificCredentials: [],
        ...pageOfNone(input, `ListServiceSpecificCredentials ${found(thing).name}`),
      },
    };
  },
});
