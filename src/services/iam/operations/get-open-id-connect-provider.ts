import { required, string, structure, timestamp } from "../../../shape/shape.ts";
import { tagsAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { clientIds, thumbprints } from "../oidc-providers.ts";
import { defineOperation, found } from "../operation.ts";

/** Describes an issuer of OpenID Connect tokens. */
export const getOpenIDConnectProvider = defineOperation({
  name: "GetOpenIDConnectProvider",
  readOnly: true,
  input: structure({ OpenIDConnectProviderArn: required(member.arn) }),
  output: structure({
    Url: string(),
    ClientIDList: clientIds,
    ThumbprintList: thumbprints,
    CreateDate: timestamp,
    Tags: member.tags,
  }),
  keys: {
    provider: {
      kind: "provider",
      locate: ({ OpenIDConnectProviderArn }) => OpenIDConnectProviderArn,
      action: "iam:GetOpenIDConnectProvider",
      crossAccount: false,
    },
  },
  audit: { request: ["OpenIDConnectProviderArn"] },

  handle({ keys: { provider: thing } }) {
    const provider = found(thing);
    return {
      output: {
        Url: provider.name,
        ClientIDList: provider.clientIds,
        ThumbprintList: provider.thumbprints,
        CreateDate: provider.createdAt,
        ...tagsAnswer(provider.tags),
      },
    };
  },
});
