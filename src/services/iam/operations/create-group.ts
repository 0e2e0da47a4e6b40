import { auditAnswer } from "../../../audit/record-members.ts";
import { required, structure } from "../../../shape/shape.ts";
import { groupAnswer } from "../model/answers.ts";
import type { Group } from "../model/identity.ts";
import { entityArn } from "../model/identity.ts";
import * as member from "../model/members.ts";
import { requireName, requirePath } from "../model/names.ts";
import { requireRoom } from "../model/quotas.ts";
import { defineOperation } from "../operation.ts";
import { insertEntity } from "../tables/changes.ts";
import { requireFree } from "../uniqueness.ts";

/** Creates a group without users and without permissions. */
export const createGroup = defineOperation({
  name: "CreateGroup",
  readOnly: false,
  input: structure({ Path: member.path, GroupName: required(member.groupName) }),
  output: structure({ Group: required(member.group) }),
  identity: [
    {
      action: "iam:CreateGroup",
      resource: ({ GroupName: name, Path: path = "/" }, { account }) =>
        entityArn("group", { account, name, path }),
    },
  ],
  keys: {},
  audit: {
    request: ["Path", "GroupName"],
    response: ({ output }) => ({ group: auditAnswer(member.group, output.Group) }),
  },

  async handle({ input, context: { account, time }, tools }) {
    const name = requireName("groupName", input.GroupName);
    const path = requirePath(input.Path);
    await requireFree("group", account, name, tools);
    requireRoom("GroupsPerAccount", await tools.identities.count("group", account));
    const group: Group = {
      account,
      name,
      path,
      groupId: tools.ids.unique("AGPA"),
      createdAt: time,
      managedPolicies: [],
      inlinePolicies: {},
      version: tools.ids.version(),
    };
    return {
      output: { Group: groupAnswer(group) },
      change: insertEntity("group", group, await tools.identities.domain(account)),
    };
  },
});
