import type { CallContext } from "../../../api/context.ts";
import { kmsArn } from "../../../base/arn.ts";
import { boolean, list, required, string, structure, timestamp } from "../../../shape/shape.ts";
import { managedAliases } from "../managed-keys.ts";
import { identifiedArn, keyNotFound, parseKeyIdentifier } from "../model/identifiers.ts";
import type { KmsKey } from "../model/key.ts";
import { cutPage, pageLimit, readMarker } from "../model/marker.ts";
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
    const key =
      input.KeyId === undefined ? undefined : await getOwnKey(input.KeyId, context, tools);
    const listing = `ListAliases ${account} ${region} ${key?.keyId ?? ""}`;
    const after = readMarker(input.Marker, listing) ?? "";
    const limit = pageLimit(input.Limit, { most: 100, usual: 50 });
    const found =
      key === undefined
        ? await listAll(tools, context, after, limit + 1)
        : key.aliases.map((alias) => ({ ...alias, keyId: key.keyId })).filter(isAfter(after));
    const { entries, page } = cutPage(found, limit, listing, ({ name }) => name);
    const aliases = entries.map((each) => ({
      AliasArn: kmsArn(region, account, each.name),
      ...describe(each),
    }));
    return { output: { Aliases: aliases, ...page } };
  },
});

type Shown = ListedAlias | { readonly name: string };

const isAfter =
  (name: string) =>
  (each: Shown): boolean =>
    each.name > name;

/** Up to `count` aliases behind a name: the stored ones, and between them those that AWS predefines. */
async function listAll(
  { keys }: KmsTools,
  { account, region }: CallContext,
  after: string,
  count: number,
): Promise<readonly Shown[]> {
  const domain = await keys.domains.find(account, region);
  const stored = domain === undefined ? [] : await listStored(keys.reader, domain, after, count);
  const names = new Set(stored.map(({ name }) => name));
  const predefined = managedAliases.filter((name) => name > after && !names.has(name));
  const all: readonly Shown[] = [...stored, ...predefined.map((name) => ({ name }))];
  return all.toSorted((a, b) => (a.name < b.name ? -1 : 1)).slice(0, count);
}

/** The key that an identifier names in the caller's account. Throws NotFoundException. */
async function getOwnKey(text: string, context: CallContext, tools: KmsTools): Promise<KmsKey> {
  const found = parseKeyIdentifier(text, "key", context);
  const keyId = found.kind === "key" && found.account === context.account ? found.keyId : "";
  const key = await tools.keys.find(context.account, context.region, keyId);
  if (key === undefined) throw keyNotFound(identifiedArn(found, context.region));
  return key;
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
