import { kmsArn } from "../../../base/arn.ts";
import { boolean, list, required, string, structure, timestamp } from "../../../shape/shape.ts";
import { managedAliases } from "../managed-keys.ts";
import { keyNotFound, parseKeyIdentifier } from "../model/identifiers.ts";
import { pageOf } from "../model/marker.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import type { ListedAlias } from "../tables/listings.ts";
import { listAliases as listStored } from "../tables/listings.ts";

/** Lists the aliases of the caller's account and region by name, those that AWS predefines included. */
export const listAliases = defineOperation({
  name: "ListAliases",
  readOnly: true,
  input: structure({ KeyId: member.keyIdentifier, Limit: member.limit, Marker: member.marker }),
  output: structure({
    Aliases: required(
      list(
        structure({
          AliasName: required(string()),
          AliasArn: required(string()),
          TargetKeyId: string(),
          CreationDate: timestamp,
          LastUpdatedDate: timestamp,
        }),
      ),
    ),
    NextMarker: string(),
    Truncated: required(boolean),
  }),
  identity: [{ action: "kms:ListAliases", resource: () => "*" }],
  keys: {},
  audit: { request: ["KeyId", "Limit", "Marker"] },

  async handle({ input, context, tools }) {
    const { account, region } = context;
    const domain = await tools.keys.domains.find(account, region);
    const stored = domain === undefined ? [] : await listStored(tools.keys.reader, domain);
    const keyId =
      input.KeyId === undefined ? undefined : parseKeyIdentifier(input.KeyId, "key", context);
    if (
      keyId?.kind === "key" &&
      (await tools.keys.find(account, region, keyId.keyId)) === undefined
    )
      throw keyNotFound(keyId.arn);
    const shown =
      keyId?.kind === "key"
        ? stored.filter((each) => each.keyId === keyId.keyId)
        : withPredefined(stored);
    const listing = `ListAliases ${account} ${region} ${input.KeyId ?? ""}`;
    const { entries, page } = pageOf(
      shown,
      input,
      { most: 100, usual: 50 },
      listing,
      (each) => each.name,
    );
    const aliases = entries.map((each) => ({
      AliasArn: kmsArn(region, account, each.name),
      ...describe(each),
    }));
    return { output: { Aliases: aliases, ...page } };
  },
});

type Shown = ListedAlias | { readonly name: string };

function withPredefined(stored: readonly ListedAlias[]): readonly Shown[] {
  const names = new Set(stored.map((each) => each.name));
  return [
    ...stored,
    ...managedAliases.filter((name) => !names.has(name)).map((name) => ({ name })),
  ];
}

function describe(alias: Shown) {
  if (!("keyId" in alias)) return { AliasName: alias.name };
  return {
    AliasName: alias.name,
    TargetKeyId: alias.keyId,
    CreationDate: alias.createdAt,
    LastUpdatedDate: alias.updatedAt,
  };
}
