import { required, structure } from "../../../shape/shape.ts";
import { aliasArn, requireCustomerAlias } from "../model/alias.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { replaceKey } from "../tables/keys.ts";

/** Takes an alias away; the key that it named stays as it is. */
export const deleteAlias = defineOperation({
  name: "DeleteAlias",
  readOnly: false,
  input: structure({ AliasName: required(member.aliasName) }),
  identity: [
    {
      action: "kms:DeleteAlias",
      resource: ({ AliasName }, context) => aliasArn(AliasName, context),
    },
  ],
  keys: {
    key: {
      locate: ({ AliasName }) => requireCustomerAlias(AliasName),
      identifiers: "alias",
      action: "kms:DeleteAlias",
      states: "any",
      crossAccount: false,
    },
  },
  audit: {
    request: ["AliasName"],
    response: ({ keys: { key } }) => ({ keyId: key.arn }),
    resources: ({ input, context }) => [aliasArn(input.AliasName, context)],
  },
  handle: ({ input, keys: { key } }) => ({
    output: undefined,
    change: replaceKey(key, {
      ...key,
      aliases: key.aliases.filter((alias) => alias.name !== input.AliasName),
    }),
  }),
});
