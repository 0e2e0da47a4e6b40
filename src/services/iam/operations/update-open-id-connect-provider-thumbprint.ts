import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { requireThumbprints, thumbprints } from "../oidc-providers.ts";
import { defineOperation, found } from "../operation.ts";
import { replaceEntity } from "../tables/changes.ts";

/** Replaces the thumbprints of an issuer's certificates. */
export const updateOpenIDConnectProviderThumbprint = defineOperation({
  name: "UpdateOpenIDConnectProviderThumbprint",
  readOnly: false,
  input: structure({
    OpenIDConnectProviderArn: required(member.arn),
    ThumbprintList: required(thumbprints),
  }),
  keys: {
    provider: {
      kind: "provider",
      locate: ({ OpenIDConnectProviderArn }) => OpenIDConnectProviderArn,
      action: "iam:UpdateOpenIDConnectProviderThumbprint",
      crossAccount: false,
    },
  },
  audit: { request: ["OpenIDConnectProviderArn", "ThumbprintList"] },

  handle({ input, keys: { provider: thing } }) {
    const provider = found(thing);
    const next = { ...provider, thumbprints: requireThumbprints(input.ThumbprintList) };
    return { output: undefined, change: replaceEntity("provider", provider, next, thing.domain) };
  },
});
