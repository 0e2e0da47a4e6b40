import { tagConditions } from "../../../api/request-tags.ts";
import { required, string, structure } from "../../../shape/shape.ts";
import { tagsAnswer } from "../model/answers.ts";
import type { OidcProvider } from "../model/identity.ts";
import { entityArn } from "../model/identity.ts";
import * as member from "../model/members.ts";
import { mergeTags } from "../model/tags.ts";
import {
  clientIds,
  distinctClientIds,
  providerName,
  requireRoomForProvider,
  requireThumbprints,
  thumbprints,
} from "../oidc-providers.ts";
import { defineOperation } from "../operation.ts";
import { insertEntity } from "../tables/changes.ts";
import { requireFree } from "../uniqueness.ts";

/** Registers an issuer of OpenID Connect tokens, which trust policies can then name. */
export const createOpenIDConnectProvider = defineOperation({
  name: "CreateOpenIDConnectProvider",
  readOnly: false,
  input: structure({
    Url: required(string({ min: 1, max: 255 })),
    ClientIDList: clientIds,
    ThumbprintList: thumbprints,
    Tags: member.tags,
  }),
  output: structure({ OpenIDConnectProviderArn: required(string()), Tags: member.tags }),
  identity: [
    {
      action: "iam:CreateOpenIDConnectProvider",
      resource: ({ Url }, { account }) =>
        entityArn("provider", { account, name: providerName(Url) }),
      conditions: ({ Tags }) => tagConditions(Tags),
    },
    {
      action: "iam:TagOpenIDConnectProvider",
      resource: ({ Url }, { account }) =>
        entityArn("provider", { account, name: providerName(Url) }),
      when: ({ Tags = [] }) => Tags.length > 0,
      conditions: ({ Tags }) => tagConditions(Tags),
    },
  ],
  keys: {},
  audit: {
    request: ["Url", "ClientIDList", "ThumbprintList", "Tags"],
    response: ({ output }) => ({ openIDConnectProviderArn: output.OpenIDConnectProviderArn }),
  },

  async handle({ input, context: { account, time }, tools }) {
    const name = providerName(input.Url);
    const provider: OidcProvider = {
      account,
      name,
      path: "/",
      createdAt: time,
      clientIds: distinctClientIds(input.ClientIDList ?? []),
      thumbprints: requireThumbprints(input.ThumbprintList ?? []),
      tags: mergeTags({}, input.Tags),
      version: tools.ids.version(),
    };
    await requireFree("provider", account, name, tools);
    await requireRoomForProvider(account, tools);
    return {
      output: {
        OpenIDConnectProviderArn: entityArn("provider", provider),
        ...tagsAnswer(provider.tags),
      },
      change: insertEntity("provider", provider, await tools.identities.domain(account)),
    };
  },
});
