import type { CallContext } from "../../api/context.ts";
import type { Thing } from "../../api/operation.ts";
import { AwsError } from "../../base/errors.ts";
import { decodeBlobHeader } from "../../crypto/ciphertext.ts";
import { invalidGrantToken, openGrantToken } from "./grant-token.ts";
import { createManagedKey } from "./managed-keys.ts";
import type { KeyIdentifier } from "./model/identifiers.ts";
import {
  aliasNotFound,
  identifiedArn,
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
export function locateKey(
  demand: KeyDemand<unknown>,
  input: unknown,
  context: CallContext,
  { tools, found }: { readonly tools: KmsTools; readonly found: Readonly<Record<string, Thing>> },
): KmsKey | Promise<KmsKey> {
  const relation = demand.relative;
  if (relation !== undefined)
    return relativeOrSelf(found[relation.of] as KmsKey, relation.region(input), tools);
  const named = () => locateNamed(demand, input, context, tools);
  const checked = checkGrantTokens(input as GrantTokensInput, tools);
  return checked === undefined ? named() : checked.then(named);
}

function locateNamed(
  demand: KeyDemand<unknown>,
  input: unknown,
  context: CallContext,
  tools: KmsTools,
): KmsKey | Promise<KmsKey> {
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

function byIdentifier(
  identifier: KeyIdentifier,
  demand: KeyDemand<unknown>,
  input: unknown,
  context: CallContext,
  tools: KmsTools,
): KmsKey | Promise<KmsKey> {
  if (identifier.kind === "alias") return byAlias(identifier, demand, input, context, tools);
  const { account, keyId } = identifier;
  const { region } = context;
  return (
    tools.keys.known(account, region, keyId) ??
    present(tools.keys.find(account, region, keyId), () =>
      keyNotFound(identifiedArn(identifier, region)),
    )
  );
}

async function present(found: Promise<KmsKey | undefined>, missing: () => Error): Promise<KmsKey> {
  const key = await found;
  if (key === undefined) throw missing();
  return key;
}

async function byAlias(
  identifier: Extract<KeyIdentifier, { readonly kind: "alias" }>,
  demand: KeyDemand<unknown>,
  input: unknown,
  context: CallContext,
  tools: KmsTools,
): Promise<KmsKey> {
  const { account } = identifier;
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
function byCiphertext(
  blob: Uint8Array,
  context: CallContext,
  tools: KmsTools,
): KmsKey | Promise<KmsKey> {
  const header = decodeBlobHeader(blob);
  if (header === undefined) throw new AwsError("InvalidCiphertextException");
  const { keyId } = header;
  return (
    tools.keys.knownById(context.region, keyId) ??
    present(
      tools.keys.findById(context.region, keyId),
      () => new AwsError("AccessDeniedException", ciphertextDenial),
    )
  );
}

interface GrantTokensInput {
  readonly GrantTokens?: readonly string[];
  readonly GrantToken?: string;
}

/**
 * Grants work at once, so tokens add nothing here; but one that names no grant (any more) is refused, as AWS does. Undefined
 * where there is none to check.
 */
function checkGrantTokens(
  { GrantTokens = [], GrantToken }: GrantTokensInput,
  tools: KmsTools,
): Promise<void> | undefined {
  if (GrantToken === undefined && GrantTokens.length === 0) return undefined;
  return requireGrants(GrantTokens, GrantToken, tools);
}

async function requireGrants(
  GrantTokens: readonly string[],
  GrantToken: string | undefined,
  { keys }: KmsTools,
): Promise<void> {
  if (GrantToken !== undefined) await openGrantToken(GrantToken, keys.domains);
  for (const token of GrantTokens) {
    const { account, region, keyId, grantId } = await openGrantToken(token, keys.domains);
    const key = await keys.find(account, region, keyId);
    if (!key?.grants.some((grant) => grant.grantId === grantId)) throw invalidGrantToken();
  }
}
