import { iamArn } from "../../../base/arn.ts";
import { list, string, structure } from "../../../shape/shape.ts";
import { entityArn } from "../model/identity.ts";
import { defineOperation } from "../operation.ts";

/** Lists the issuers of OpenID Connect tokens that the account has registered. */
export const listOpenIDConnectProviders = defineOperation({
  name: "ListOpenIDConnectProviders",
  readOnly: true,
  input: structure({}),
  output: structure({ OpenIDConnectProviderList: list(structure({ Arn: string() })) }),
  identity: [
    {
      action: "iam:ListOpenIDConnectProviders",
      resource: (_input, { account }) => iamArn(account, "oidc-provider/*"),
    },
  ],
  keys: {},
  audit: { request: [] },

  async handle({ context: { account }, tools }) {
    const providers = await tools.identities.list("provider", account);
    const OpenIDConnectProviderList = providers.map((each) => ({
      Arn: entityArn("provider", each),
    }));
    return { output: { OpenIDConnectProviderList } };
  },
});
