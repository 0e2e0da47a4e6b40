import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { pageOfNone } from "../model/paging.ts";
import { defineOperation, found } from "../operation.ts";

/** Lists the instance profiles that hold a role: there are no instances. */
export const listInstanceProfilesForRole = defineOperation({
  name: "ListInstanceProfilesForRole",
  readOnly: true,
  input: structure({
    RoleName: required(member.roleName),
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ InstanceProfiles: required(member.none), ...member.page }),
  keys: {
    role: {
      kind: "role",
      locate: ({ RoleName }) => RoleName,
      action: "iam:ListInstanceProfilesForRole",
      crossAccount: false,
    },
  },
  audit: { request: ["RoleName", "Marker", "MaxItems"] },

  handle({ input, keys: { role: thing } }) {
    return {
      output: {
        InstanceProfiles: [],
        ...pageOfNone(input, `ListInstanceProfilesForRole ${found(thing).name}`),
      },
    };
  },
});
