import type { CallContext } from "../../../api/context.ts";
import { kmsArn } from "../../../base/arn.ts";
import { boolean, list, required, string, structure, timestamp } from "../../../shape/shape.ts";
import { managedAliases } from "../managed-keys.ts";
import { keyNotFound, parseKeyIdentifier } from "../model/identifiers.ts";
import { pageOf } from "../model/marker.ts";
import * as member from "../model/members.ts";
import type { KmsTools } from "../operation.ts";
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
    const keyId = input.KeyId && (await requireOwnKey(input.KeyId, context, tools));
    const domain = await tools.keys.domains.find(account, region);
    const stored = domain === undefined ? [] : await listStored(tools.keys.reader, domain);
    const { entries, page } = pageOf(
      keyId === undefined ? withPredefined(stored) : stored.filter((each) => each.keyId === keyId),
      input,
      { most: 100, usual: 50 },
      `ListAliases ${account} ${region} ${keyId ?? ""}`,
      (each) => each.name,
    );
    const aliases = entries.map((each) => ({
      AliasArn: kmsArn(region, account, each.name),
      ...describe(each),
    }));
    return { output: { Aliases: aliases, ...page } };
  },
});

/** The id of the key that an identifier names in the caller's account. Throws NotFoundException. */
async function requireOwnKey(text: string, context: CallContext, tools: KmsTools): Promise<string> {
  const found = parseKeyIdentifier(text, "key", context);
  const keyId = found.kind === "key" && found.account === context.account ? found.keyId : "";
  const key = await tools.keys.find(context.account, context.region, keyId);
  if (key === undefined) throw keyNotFound(found.arn);
  return keyId;
}

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
