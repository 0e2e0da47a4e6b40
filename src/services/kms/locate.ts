import type { CallContext } from "../../api/context.ts";
import type { Thing } from "../../api/operation.ts";
import { AwsError } from "../../base/errors.ts";
import { decodeBlobHeader } from "../../crypto/ciphertext.ts";
import { invalidGrantToken, openGrantToken } from "./grant-token.ts";
import { createManagedKey } from "./managed-keys.ts";
import type { KeyIdentifier } from "./model/identifiers.ts";
import {
  aliasNotFound,
  keyNotFound,
  parseKeyIdentifier,
  takesAliases,
} from "./model/identifiers.ts";
import type { KmsKey } from "./model/key.ts";
import type { KeyDemand, KmsTools } from "./operation.ts";
import { relativeOrSelf } from "./relatives.ts";

/** AWS's text for a ciphertext whose key is missing here or not the caller's to use. */
export const ciphertextDenial =
  "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.";

/** Finds the key that a request names, by identifier or by ciphertext. Throws the client's error when there is none. */
export async function locateKey(
  demand: KeyDemand<unknown>,
  input: unknown,
  context: CallContext,
  { tools, found }: { readonly tools: KmsTools; readonly found: Readonly<Record<string, Thing>> },
): Promise<KmsKey> {
  const relation = demand.relative;
  if (relation !== undefined)
    return relativeOrSelf(found[relation.of] as KmsKey, relation.region(input), tools);
  await checkGrantTokens(input, tools);
  const text = demand.locate(input);
  if (text !== undefined)
    return byIdentifier(
      parseKeyIdentifier(text, demand.identifiers, context),
      demand,
      input,
      context,
      tools,
    );
  const blob = demand.ciphertext?.(input);
  if (blob === undefined) throw new AwsError("ValidationException", "KeyId is required.");
  return byCiphertext(blob, context, tools);
}

/**
 * The refusal of a key that was named by an alias of another account; undefined where it was not. Names of aliases can be
 * guessed: whether there is one, and which key it names, is for those only who may use the key.
 */
export function foreignAliasDenial(
  demand: KeyDemand<unknown>,
  input: unknown,
  context: CallContext,
): string | undefined {
  const text = takesAliases(demand.identifiers) ? demand.locate(input) : undefined;
  const named = text === undefined ? undefined : parseKeyIdentifier(text, "any", context);
  if (named?.kind !== "alias" || named.account === context.account) return undefined;
  return `User: ${context.caller.principal.arn} is not authorized to perform: ${demand.action} on resource: ${named.arn} because no resource-based policy allows the ${demand.action} action`;
}

async function byIdentifier(
  identifier: KeyIdentifier,
  demand: KeyDemand<unknown>,
  input: unknown,
  context: CallContext,
  tools: KmsTools,
): Promise<KmsKey> {
  const { account } = identifier;
  if (identifier.kind === "key") {
    const key = await tools.keys.find(account, context.region, identifier.keyId);
    if (key === undefined) throw keyNotFound(identifier.arn);
    return key;
  }
  const key = await tools.keys.findByAlias(account, context.region, identifier.name);
  if (key !== undefined) return key;
  const creates = demand.createsManagedKey === true || context.via !== undefined;
  const created = creates
    ? await createManagedKey(identifier.name, account, context, tools)
    : undefined;
  if (created !== undefined) return created;
  const denial = foreignAliasDenial(demand, input, context);
  throw denial === undefined
    ? aliasNotFound(identifier.arn)
    : new AwsError("AccessDeniedException", denial);
}

/** A damaged blob is an invalid ciphertext; a sound one of a key that is not here is refused like one of a forbidden key. */
async function byCiphertext(
  blob: Uint8Array,
  context: CallContext,
  tools: KmsTools,
): Promise<KmsKey> {
  const header = decodeBlobHeader(blob);
  if (header === undefined) throw new AwsError("InvalidCiphertextException");
  const key = await tools.keys.findById(context.region, header.keyId);
  if (key === undefined) throw new AwsError("AccessDeniedException", ciphertextDenial);
  return key;
}

/** Grants work at once, so tokens add nothing here; but one that names no grant (any more) is refused, as AWS does. */
async function checkGrantTokens(input: unknown, { keys }: KmsTools): Promise<void> {
  const { GrantTokens = [], GrantToken } = input as {
    readonly GrantTokens?: readonly string[];
    readonly GrantToken?: string;
  };
  if (GrantToken !== undefined) await openGrantToken(GrantToken, keys.domains);
  for (const token of GrantTokens) {
    const { account, region, keyId, grantId } = await openGrantToken(token, keys.domains);
    const key = await keys.find(account, region, keyId);
    if (!key?.grants.some((grant) => grant.grantId === grantId)) throw invalidGrantToken();
  }
}
