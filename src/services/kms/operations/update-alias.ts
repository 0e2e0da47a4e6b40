import { AwsError } from "../../../base/errors.ts";
import { keySpecs } from "../../../crypto/key-spec.ts";
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
import { notPendingDeletion } from "../model/key.ts";
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
      identifiers: "target",
      action: "kms:UpdateAlias",
      states: notPendingDeletion,
      crossAccount: false,
    },
  },
  audit: {
    request: ["AliasName", "TargetKeyId"],
    response: ({ keys: { target } }) => ({ keyId: target.arn }),
    resources: ({ input, context }) => [aliasArn(input.AliasName, context)],
  },

  handle({ input, keys: { current, target }, context }) {
    requireSameKind(aliasArn(input.AliasName, context), current, target);
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

/** An alias never comes to stand for a key of another class or usage: who calls by it would do something else (facts 14). */
function requireSameKind(alias: string, current: KmsKey, target: KmsKey): void {
  for (const [what, a, b] of [
    ["key usage", current.usage, target.usage],
    ["key type", keySpecs[current.spec].keyType, keySpecs[target.spec].keyType],
  ] as const)
    if (a !== b)
      throw new AwsError(
        "ValidationException",
        `Alias ${alias} cannot be changed from a CMK with ${what} ${a} to a CMK with ${what} ${b}. The ${what} of the current CMK and the new CMK must be the same.`,
      );
}

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
