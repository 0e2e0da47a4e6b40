import { boolean, integer, required, structure } from "../../../shape/shape.ts";
import { noSuchPasswordPolicy } from "../model/refusals.ts";
import { defineOperation } from "../operation.ts";
import { readAccount } from "../reading.ts";

const passwordPolicy = structure({
  MinimumPasswordLength: required(integer()),
  RequireSymbols: required(boolean),
  RequireNumbers: required(boolean),
  RequireUppercaseCharacters: required(boolean),
  RequireLowercaseCharacters: required(boolean),
  AllowUsersToChangePassword: required(boolean),
  ExpirePasswords: required(boolean),
  MaxPasswordAge: integer(),
  PasswordReusePrevention: integer(),
  HardExpiry: boolean,
});

/** Shows what the account demands of passwords, where somebody has said so. */
export const getAccountPasswordPolicy = defineOperation({
  name: "GetAccountPasswordPolicy",
  readOnly: true,
  input: structure({}),
  output: structure({ PasswordPolicy: required(passwordPolicy) }),
  identity: [{ action: "iam:GetAccountPasswordPolicy", resource: () => "*" }],
  keys: {},
  audit: { request: [] },

  async handle({ context, tools }) {
    const { account } = await readAccount(context.account, tools);
    const { passwordPolicy: policy } = account;
    if (policy === undefined) throw noSuchPasswordPolicy(context.account);
    return {
      output: {
        PasswordPolicy: {
          MinimumPasswordLength: policy.minimumLength,
          RequireSymbols: policy.symbols,
          RequireNumbers: policy.numbers,
          RequireUppercaseCharacters: policy.uppercase,
          RequireLowercaseCharacters: policy.lowercase,
          AllowUsersToChangePassword: policy.change,
          ExpirePasswords: policy.maxAge !== undefined,
          MaxPasswordAge: policy.maxAge,
          PasswordReusePrevention: policy.reusePrevention,
          HardExpiry: policy.hardExpiry,
        },
      },
    };
  },
});
