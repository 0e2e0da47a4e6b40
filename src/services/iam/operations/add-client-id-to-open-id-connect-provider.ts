import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { clientId, distinctClientIds } from "../oidc-providers.ts";
import { defineOperation, found } from "../operation.ts";
import { replaceEntity } from "../tables/changes.ts";

/** Lets an issuer's tokens be for one more client; one that is there already stays. */
export const addClientIDToOpenIDConnectProvider = defineOperation({
  name: "AddClientIDToOpenIDConnectProvider",
  readOnly: false,
  input: structure({
    OpenIDConnectProviderArn: required(member.arn),
    ClientID: required(clientId),
  }),
  keys: {
    provider: {
      kind: "provider",
      locate: ({ OpenIDConnectProviderArn }) => OpenIDConnectProviderArn,
      action: "iam:AddClientIDToOpenIDConnectProvider",
      crossAccount: false,
    },
  },
  audit: { request: ["OpenIDConnectProviderArn", "ClientID"] },

  handle({ input, keys: { provider: thing } }) {
    const provider = found(thing);
    const clientIds = distinctClientIds([...provider.clientIds, input.ClientID]);
    const next = { ...provider, clientIds };
    return { output: undefined, change: replaceEntity("provider", provider, next, thing.domain) };
  },
});
