import { required, structure } from "../../../shape/shape.ts";
import { entityTags } from "../entity-tags.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Lists the tags of an OpenID Connect provider. */
export const listOpenIDConnectProviderTags = defineOperation({
  name: "ListOpenIDConnectProviderTags",
  readOnly: true,
  input: structure({
    OpenIDConnectProviderArn: required(member.arn),
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ Tags: required(member.tags), ...member.page }),
  keys: {
    provider: {
      kind: "provider",
      locate: ({ OpenIDConnectProviderArn }) => OpenIDConnectProviderArn,
      action: "iam:ListOpenIDConnectProviderTags",
      crossAccount: false,
    },
  },
  audit: { request: ["OpenIDConnectProviderArn", "Marker", "MaxItems"] },
  handle: ({ input, keys: { provider } }) => ({ output: entityTags(provider, input) }),
});
