import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation, found } from "../operation.ts";
import { deleteEntity } from "../tables/changes.ts";

/** Removes an issuer of OpenID Connect tokens: its tokens are worth nothing from then on. */
export const deleteOpenIDConnectProvider = defineOperation({
  name: "DeleteOpenIDConnectProvider",
  readOnly: false,
  input: structure({ OpenIDConnectProviderArn: required(member.arn) }),
  keys: {
    provider: {
      kind: "provider",
      locate: ({ OpenIDConnectProviderArn }) => OpenIDConnectProviderArn,
      action: "iam:DeleteOpenIDConnectProvider",
      crossAccount: false,
    },
  },
  audit: { request: ["OpenIDConnectProviderArn"] },

  handle({ keys: { provider: thing } }) {
    const provider = found(thing);
    return { output: undefined, change: deleteEntity("provider", provider, thing.domain) };
  },
});
