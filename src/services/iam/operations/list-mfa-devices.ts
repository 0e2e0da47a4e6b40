import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { pageOfNone } from "../model/paging.ts";
import { defineOperation, found } from "../operation.ts";

/** Lists the MFA devices of a user, of which there are none; without a name, of the caller. */
export const listMFADevices = defineOperation({
  name: "ListMFADevices",
  readOnly: true,
  input: structure({
    UserName: member.existingUserName,
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ MFADevices: required(member.none), ...member.page }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:ListMFADevices",
      crossAccount: false,
    },
  },
  audit: { request: ["UserName", "Marker", "MaxItems"] },

  handle({ input, keys: { user: thing } }) {
    return {
      output: { MFADevices: [], ...pageOfNone(input, `ListMFADevices ${found(thing).name}`) },
    };
  },
});
