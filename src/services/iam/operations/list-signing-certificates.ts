import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { pageOfNone } from "../model/paging.ts";
import { defineOperation, found } from "../operation.ts";

/** Lists the signing certificates of a user, of which there are none; without a name, of the caller. */
export const listSigningCertificates = defineOperation({
  name: "ListSigningCertificates",
  readOnly: true,
  input: structure({
    UserName: member.existingUserName,
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ Certificates: required(member.none), ...member.page }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:ListSigningCertificates",
      crossAccount: false,
    },
  },
  audit: { request: ["UserName", "Marker", "MaxItems"] },

  handle({ input, keys: { user: thing } }) {
    return {
      output: {
        Certificates: [],
        ...pageOfNone(input, `ListSigningCertificates ${found(thing).name}`),
      },
    };
  },
});
