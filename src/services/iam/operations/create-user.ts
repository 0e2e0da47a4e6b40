import { tagConditions } from "../../../api/request-tags.ts";
import { auditAnswer } from "../../../audit/record-members.ts";
import { required, structure } from "../../../shape/shape.ts";
import { requireBoundary } from "../attachable.ts";
import { userAnswer } from "../model/answers.ts";
import type { User } from "../model/identity.ts";
import { entityArn } from "../model/identity.ts";
import * as member from "../model/members.ts";
import { requireName, requirePath } from "../model/names.ts";
import { requireRoom } from "../model/quotas.ts";
import { mergeTags } from "../model/tags.ts";
import { defineOperation } from "../operation.ts";
import { insertEntity } from "../tables/changes.ts";
import { requireFree } from "../uniqueness.ts";

/** Creates a user of the account; it has no permissions and no credentials. */
export const createUser = defineOperation({
  name: "CreateUser",
  readOnly: false,
  input: structure({
    Path: member.path,
    UserName: required(member.userName),
    PermissionsBoundary: member.arn,
    Tags: member.tags,
  }),
  output: structure({ User: required(member.user) }),
  identity: [
    {
      action: "iam:CreateUser",
      resource: ({ UserName: name, Path: path = "/" }, { account }) =>
        entityArn("user", { account, name, path }),
      conditions: ({ Tags, PermissionsBoundary }) => ({
        ...tagConditions(Tags),
        "iam:PermissionsBoundary": PermissionsBoundary,
      }),
    },
    {
      action: "iam:TagUser",
      resource: ({ UserName: name, Path: path = "/" }, { account }) =>
        entityArn("user", { account, name, path }),
      when: ({ Tags = [] }) => Tags.length > 0,
      conditions: ({ Tags }) => tagConditions(Tags),
    },
  ],
  keys: {},
  audit: {
    request: ["Path", "UserName", "PermissionsBoundary", "Tags"],
    response: ({ output }) => ({ user: auditAnswer(member.user, output.User) }),
  },

  async handle({ input, context, tools }) {
    const { account } = context;
    const name = requireName("userName", input.UserName);
    const path = requirePath(input.Path);
    await requireFree("user", account, name, tools);
    requireRoom("UsersPerAccount", await tools.identities.count("user", account));
    const { bounded, relied } = await requireBoundary(input.PermissionsBoundary, account, tools);
    const user: User = {
      account,
      name,
      path,
      userId: tools.ids.unique("AIDA"),
      createdAt: context.time,
      groups: [],
      managedPolicies: [],
      inlinePolicies: {},
      tags: mergeTags({}, input.Tags),
      accessKeys: [],
      version: tools.ids.version(),
      ...bounded,
    };
    return {
      output: { User: userAnswer(user) },
      change: insertEntity("user", user, await tools.identities.domain(account)),
      relied,
    };
  },
});
