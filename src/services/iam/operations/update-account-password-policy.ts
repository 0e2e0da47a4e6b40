import { boolean, integer, structure } from "../../../shape/shape.ts";
import type { PasswordPolicy } from "../model/password-policy.ts";
import { defineOperation } from "../operation.ts";
import { readAccount } from "../reading.ts";
import { replaceAccount } from "../tables/changes.ts";

/** Says anew what the account demands of passwords: what is left out goes back to its default. */
export const updateAccountPasswordPolicy = defineOperation({
  name: "UpdateAccountPasswordPolicy",
  readOnly: false,
  input: structure({
    // The order in which AWS tells what is out of bounds.
    MinimumPasswordLength: integer({ min: 6, max: 128 }),
    PasswordReusePrevention: integer({ min: 1, max: 24 }),
    RequireSymbols: boolean,
    RequireNumbers: boolean,
    RequireUppercaseCharacters: boolean,
    RequireLowercaseCharacters: boolean,
    AllowUsersToChangePassword: boolean,
    MaxPasswordAge: integer({ min: 1, max: 1_095 }),
    HardExpiry: boolean,
  }),
  identity: [{ action: "iam:UpdateAccountPasswordPolicy", resource: () => "*" }],
  keys: {},
  audit: {
    request: [
      "MinimumPasswordLength",
      "RequireSymbols",
      "RequireNumbers",
      "RequireUppercaseCharacters",
      "RequireLowercaseCharacters",
      "AllowUsersToChangePassword",
      "MaxPasswordAge",
      "PasswordReusePrevention",
      "HardExpiry",
    ],
  },

  async handle({ input, context, tools }) {
    const { account, relied } = await readAccount(context.account, tools);
    const { MaxPasswordAge, PasswordReusePrevention, HardExpiry } = input;
    const passwordPolicy: PasswordPolicy = {
      minimumLength: input.MinimumPasswordLength ?? 6,
      symbols: input.RequireSymbols ?? false,
      numbers: input.RequireNumbers ?? false,
      uppercase: input.RequireUppercaseCharacters ?? false,
      lowercase: input.RequireLowercaseCharacters ?? false,
      change: input.AllowUsersToChangePassword ?? false,
      ...(MaxPasswordAge === undefined ? {} : { maxAge: MaxPasswordAge }),
      ...(PasswordReusePrevention === undefined
        ? {}
        : { reusePrevention: PasswordReusePrevention }),
      ...(HardExpiry === undefined ? {} : { hardExpiry: HardExpiry }),
    };
    const domain = await tools.identities.domain(context.account);
    const change = replaceAccount(account, { ...account, passwordPolicy }, domain);
    return { output: undefined, change, relied };
  },
});
