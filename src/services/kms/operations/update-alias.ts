import type { Change } from "../../../database/commit.ts";
import { joinChanges } from "../../../database/commit.ts";
import { required, structure } from "../../../shape/shape.ts";
import {
  aliasArn,
  mostAliases,
  requireCustomerAlias,
  requireKeyTarget,
  tooManyAliases,
} from "../model/alias.ts";
import type { Alias, KmsKey } from "../model/key.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { replaceKey } from "../tables/keys.ts";

/** Makes an alias name another KMS key. */
export const updateAlias = defineOperation({
  name: "UpdateAlias",
  readOnly: false,
  input: structure({
    AliasName: required(member.aliasName),
    TargetKeyId: required(member.keyIdentifier),
  }),
  identity: [
    {
      action: "kms:UpdateAlias",
      resource: ({ AliasName }, context) => aliasArn(AliasName, context),
    },
  ],
  keys: {
    current: {
      locate: ({ AliasName }) => requireCustomerAlias(AliasName),
      identifiers: "alias",
      action: "kms:UpdateAlias",
      states: "any",
      crossAccount: false,
    },
    target: {
      locate: ({ TargetKeyId }) => requireKeyTarget(TargetKeyId),
      identifiers: "key",
      action: "kms:UpdateAlias",
      states: ["Enabled", "Disabled"],
      crossAccount: false,
    },
  },
  audit: {
    request: ["AliasName", "TargetKeyId"],
    response: ({ keys: { target } }) => ({ keyId: target.arn }),
    resources: ({ input, context }) => [aliasArn(input.AliasName, context)],
  },

  handle({ input, keys: { current, target }, context }) {
    const [alias] = current.aliases.filter((each) => each.name === input.AliasName);
    const createdAt = alias?.createdAt ?? context.time;
    return {
      output: undefined,
      change: moveAlias(current, target, {
        name: input.AliasName,
        createdAt,
        updatedAt: context.time,
      }),
    };
  },
});

function moveAlias(current: KmsKey, target: KmsKey, alias: Alias): Change {
  const without = current.aliases.filter((each) => each.name !== alias.name);
  if (current.arn === target.arn)
    return replaceKey(current, { ...current, aliases: [...without, alias] });
  if (target.aliases.length >= mostAliases) throw tooManyAliases(target.arn);
  return joinChanges([
    replaceKey(current, { ...current, aliases: without }),
    replaceKey(target, { ...target, aliases: [...target.aliases, alias] }),
  ]);
}
