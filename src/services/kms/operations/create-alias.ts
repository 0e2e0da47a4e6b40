import { AwsError } from "../../../base/errors.ts";
import { required, structure } from "../../../shape/shape.ts";
import {
  aliasArn,
  mostAliases,
  requireCustomerAlias,
  requireKeyTarget,
  tooManyAliases,
} from "../model/alias.ts";
import { notPendingDeletion } from "../model/key.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { replaceKey } from "../tables/keys.ts";

/** Gives a KMS key of the caller's account a friendly name. */
export const createAlias = defineOperation({
  name: "CreateAlias",
  readOnly: false,
  input: structure({
    AliasName: required(member.aliasName),
    TargetKeyId: required(member.keyIdentifier),
  }),
  identity: [
    {
      action: "kms:CreateAlias",
      resource: ({ AliasName }, context) => aliasArn(AliasName, context),
    },
  ],
  keys: {
    target: {
      locate({ AliasName, TargetKeyId }) {
        requireCustomerAlias(AliasName);
        return requireKeyTarget(TargetKeyId);
      },
      identifiers: "target",
      action: "kms:CreateAlias",
      states: notPendingDeletion,
      crossAccount: false,
    },
  },
  audit: {
    request: ["AliasName", "TargetKeyId"],
    response: ({ keys: { target } }) => ({ keyId: target.arn }),
    resources: ({ input, context }) => [aliasArn(input.AliasName, context)],
  },

  async handle({ input: { AliasName: name }, keys: { target }, context, tools }) {
    if ((await tools.keys.findByAlias(context.account, context.region, name)) !== undefined)
      throw new AwsError(
        "AlreadyExistsException",
        `An alias with the name ${aliasArn(name, context)} already exists`,
      );
    if (target.aliases.length >= mostAliases) throw tooManyAliases(target.arn);
    const alias = { name, createdAt: context.time, updatedAt: context.time };
    return {
      output: undefined,
      change: replaceKey(target, { ...target, aliases: [...target.aliases, alias] }),
    };
  },
});
