import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { clientId } from "../oidc-providers.ts";
import { defineOperation, found } from "../operation.ts";
import { replaceEntity } from "../tables/changes.ts";

/** Takes a client away from an issuer; one that is not there is no fault. */
export const removeClientIDFromOpenIDConnectProvider = defineOperation({
  name: "RemoveClientIDFromOpenIDConnectProvider",
  readOnly: false,
  input: structure({
    OpenIDConnectProviderArn: required(member.arn),
    ClientID: required(clientId),
  }),
  keys: {
    provider: {
      kind: "provider",
      locate: ({ OpenIDConnectProviderArn }) => OpenIDConnectProviderArn,
      action: "iam:RemoveClientIDFromOpenIDConnectProvider",
      crossAccount: false,
    },
  },
  audit: { request: ["OpenIDConnectProviderArn", "ClientID"] },

  handle({ input, keys: { provider: thing } }) {
    const provider = found(thing);
    const clientIds = provider.clientIds.filter((each) => each !== input.ClientID);
    const next = { ...provider, clientIds };
    return { output: undefined, change: replaceEntity("provider", provider, next, thing.domain) };
  },
});
