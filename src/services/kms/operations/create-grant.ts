import { required, string, structure } from "../../../shape/shape.ts";
import { withStoredPrincipals } from "../grant-principals.ts";
import { issueGrantToken } from "../grant-token.ts";
import {
  grantConditions,
  grantFrom,
  grantScope,
  refuseGrant,
  requireRoom,
  sameGrant,
} from "../grants.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { replaceKey } from "../tables/keys.ts";

/** Lets a grantee principal use one KMS key for the listed operations, within optional constraints. */
export const createGrant = defineOperation({
  name: "CreateGrant",
  readOnly: false,

  input: structure({
    KeyId: required(member.keyIdentifier),
    GranteePrincipal: member.principal,
    GranteeServicePrincipal: member.servicePrincipal,
    RetiringPrincipal: member.principal,
    RetiringServicePrincipal: member.servicePrincipal,
    Operations: required(member.grantOperations),
    Constraints: member.grantConstraints,
    GrantTokens: member.grantTokens,
    Name: member.grantName,
    DryRun: member.dryRun,
  }),

  output: structure({ GrantToken: required(string()), GrantId: required(string()) }),

  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:CreateGrant",
      grantOperation: "CreateGrant",
      states: ["Enabled", "Unavailable"],
      crossAccount: true,
      conditions: grantConditions,
      newGrant: grantScope,
    },
  },

  audit: {
    request: [
      "KeyId",
      "GranteePrincipal",
      "GranteeServicePrincipal",
      "RetiringPrincipal",
      "RetiringServicePrincipal",
      "Operations",
      "Constraints",
      "Name",
    ],
    response: ({ output, keys: { key } }) => ({ grantId: output.GrantId, keyId: key.arn }),
  },

  async handle({ input, keys: { key }, context, tools }) {
    refuseGrant(input, key);
    const request = await withStoredPrincipals(input, tools.principals);
    const same = key.grants.find((each) => sameGrant(each, request, context.account));
    if (same !== undefined)
      return { output: { GrantToken: issueGrantToken(key, same.grantId), GrantId: same.grantId } };
    requireRoom(key, tools.quotas);
    const grant = grantFrom(request, tools.ids.hex(32), context);
    return {
      output: { GrantToken: issueGrantToken(key, grant.grantId), GrantId: grant.grantId },
      change: replaceKey(key, { ...key, grants: [...key.grants, grant] }),
    };
  },
});
