import { tagConditions } from "../../../api/request-tags.ts";
import { required, structure } from "../../../shape/shape.ts";
import { tagEntity } from "../entity-tags.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Sets tags of an OpenID Connect provider. */
export const tagOpenIDConnectProvider = defineOperation({
  name: "TagOpenIDConnectProvider",
  readOnly: false,
  input: structure({ OpenIDConnectProviderArn: required(member.arn), Tags: required(member.tags) }),
  keys: {
    provider: {
      kind: "provider",
      locate: ({ OpenIDConnectProviderArn }) => OpenIDConnectProviderArn,
      action: "iam:TagOpenIDConnectProvider",
      crossAccount: false,
      conditions: ({ Tags }) => tagConditions(Tags),
    },
  },
  audit: { request: ["OpenIDConnectProviderArn", "Tags"] },
  handle: ({ input, keys: { provider } }) => ({
    output: undefined,
    change: tagEntity(provider, input.Tags),
  }),
});
