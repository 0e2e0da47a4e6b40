import { AwsError } from "../../../base/errors.ts";
import type { Change } from "../../../database/commit.ts";
import { joinChanges } from "../../../database/commit.ts";
import { required, structure } from "../../../shape/shape.ts";
import type { KmsKey } from "../model/key.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { regionsOf, relativesOf, requirePrimary } from "../relatives.ts";
import { replaceKey } from "../tables/keys.ts";

/** Makes a replica the primary key of its relatives; the primary key becomes a replica. */
export const updatePrimaryRegion = defineOperation({
  name: "UpdatePrimaryRegion",
  readOnly: false,
  input: structure({
    KeyId: required(member.keyIdentifier),
    PrimaryRegion: required(member.regionName),
  }),
  keys: {
    primary: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:UpdatePrimaryRegion",
      states: ["Enabled"],
      crossAccount: false,
      conditions: ({ PrimaryRegion }) => ({ "kms:PrimaryRegion": PrimaryRegion }),
    },
    replica: {
      locate: ({ KeyId }) => KeyId,
      relative: { of: "primary", region: ({ PrimaryRegion }) => PrimaryRegion },
      identifiers: "key",
      action: "kms:UpdatePrimaryRegion",
      states: ["Enabled"],
      crossAccount: false,
      conditions: ({ PrimaryRegion }) => ({
        "kms:PrimaryRegion": PrimaryRegion,
        "aws:RequestedRegion": PrimaryRegion,
      }),
    },
  },
  audit: {
    request: ["KeyId", "PrimaryRegion"],
    response: ({ keys: { primary } }) => ({ keyId: primary.arn }),
  },

  async handle({ input: { PrimaryRegion }, keys: { primary, replica }, tools }) {
    const multiRegion = requirePrimary(primary);
    if (replica === primary)
      throw new AwsError(
        "UnsupportedOperationException",
        `${primary.arn} has no replica key in ${PrimaryRegion}.`,
      );
    const replicas = regionsOf(multiRegion).filter((region) => region !== PrimaryRegion);
    const relatives = await relativesOf(primary, tools);
    return {
      output: undefined,
      change: swap(primary, relatives, { primary: PrimaryRegion, replicas }),
      relied: relatives.map(({ version }) => version),
    };
  },
});

/** The rotation setting is the primary key's: it goes with the role. */
function swap(
  { rotation, ...primary }: KmsKey,
  relatives: readonly KmsKey[],
  multiRegion: { readonly primary: string; readonly replicas: readonly string[] },
): Change {
  return joinChanges([
    replaceKey(primary, { ...primary, multiRegion }),
    ...relatives.map((each) => {
      const setting = each.region === multiRegion.primary && rotation ? { rotation } : {};
      return replaceKey(each, { ...each, ...setting, multiRegion });
    }),
  ]);
}
