import { required, structure } from "../../../shape/shape.ts";
import { untagEntity } from "../entity-tags.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Takes tags away from an OpenID Connect provider. */
export const untagOpenIDConnectProvider = defineOperation({
  name: "UntagOpenIDConnectProvider",
  readOnly: false,
  input: structure({
    OpenIDConnectProviderArn: required(member.arn),
    TagKeys: required(member.tagKeys),
  }),
  keys: {
    provider: {
      kind: "provider",
      locate: ({ OpenIDConnectProviderArn }) => OpenIDConnectProviderArn,
      action: "iam:UntagOpenIDConnectProvider",
      crossAccount: false,
      conditions: ({ TagKeys }) => ({ "aws:TagKeys": TagKeys }),
    },
  },
  audit: { request: ["OpenIDConnectProviderArn", "TagKeys"] },
  handle: ({ input, keys: { provider } }) => ({
    output: undefined,
    change: untagEntity(provider, input.TagKeys),
  }),
});
