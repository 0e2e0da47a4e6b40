import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { pageOfNone } from "../model/paging.ts";
import { defineOperation, found } from "../operation.ts";

/** Lists the SSH public keys of a user, of which there are none; without a name, of the caller. */
export const listSSHPublicKeys = defineOperation({
  name: "ListSSHPublicKeys",
  readOnly: true,
  input: structure({
    UserName: member.existingUserName,
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ SSHPublicKeys: required(member.none), ...member.page }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:ListSSHPublicKeys",
      crossAccount: false,
    },
  },
  audit: { request: ["UserName", "Marker", "MaxItems"] },

  handle({ input, keys: { user: thing } }) {
    return {
      output: { SSHPublicKeys: [], ...pageOfNone(input, `ListSSHPublicKeys ${found(thing).name}`) },
    };
  },
});
