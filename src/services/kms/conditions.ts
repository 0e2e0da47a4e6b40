import type { CallContext } from "../../api/context.ts";
import type { ConditionValues } from "../../api/operation.ts";
import { tagConditions as keyValueConditions } from "../../api/request-tags.ts";
import type { EncryptionContext } from "../../crypto/encryption-context.ts";
import { parseKeyIdentifier, takesAliases } from "./model/identifiers.ts";
import type { KmsKey } from "./model/key.ts";
import { isReplica } from "./model/key.ts";
import { daysWithoutUse } from "./model/usage.ts";
import type { KeyDemand } from "./operation.ts";

/** Values of the condition keys of one call on a KMS key. */
export function keyConditions(
  key: KmsKey,
  demand: KeyDemand<unknown>,
  input: unknown,
  context: CallContext,
): ConditionValues {
  return {
    ...keyFacts(key, context),
    "kms:RequestAlias": requestAlias(demand, input, context),
    ...contextConditions(demand.encryptionContext?.(input)),
  };
}

/** Values of the condition keys that every operation on a KMS key has (facts 12.4). */
export function keyFacts(key: KmsKey, context: CallContext): ConditionValues {
  return {
    ...callConditions(context),
    ...kindConditions(key),
    ...(key.lastUsage === undefined
      ? {}
      : { "kms:TrailingDaysWithoutKeyUsage": daysWithoutUse(key.lastUsage, context.time) }),
    "kms:ResourceAliases": key.aliases.map((alias) => alias.name),
    ...prefixed(
      "aws:ResourceTag/",
      Object.fromEntries(key.tags.map((tag) => [tag.TagKey, tag.TagValue])),
    ),
  };
}

/** Values of the condition keys that say what a key is. */
export function kindConditions(key: KmsKey): ConditionValues {
  return {
    "kms:CustomerMasterKeySpec": key.spec,
    "kms:CustomerMasterKeyUsage": key.usage,
    "kms:KeyOrigin": key.origin,
    "kms:KeySpec": key.spec,
    "kms:KeyUsage": key.usage,
    "kms:MultiRegion": key.multiRegion !== undefined,
    ...(key.multiRegion === undefined
      ? {}
      : { "kms:MultiRegionKeyType": isReplica(key) ? "REPLICA" : "PRIMARY" }),
  };
}

/** Values of the condition keys that speak of an encryption context. */
export function contextConditions(context: EncryptionContext = {}): ConditionValues {
  return {
    "kms:EncryptionContextKeys": Object.keys(context),
    ...prefixed("kms:EncryptionContext:", context),
  };
}

/** Values of the condition keys that every call to KMS has. */
export function callConditions(context: CallContext): ConditionValues {
  const isService = context.caller.principal.type === "Service";
  return {
    // A statement for everyone of an account must not admit a service that acts for a resource there.
    "kms:CallerAccount": isService ? undefined : context.account,
    "kms:ViaService": context.via,
  };
}

/** Values of aws:RequestTag and aws:TagKeys for tags that a request carries. */
export function tagConditions(
  tags: readonly { readonly TagKey: string; readonly TagValue?: string }[] = [],
): ConditionValues {
  return keyValueConditions(tags.map(({ TagKey: Key, TagValue: Value }) => ({ Key, Value })));
}

/** The alias by which the caller named the key, as typed. */
function requestAlias(
  demand: KeyDemand<unknown>,
  input: unknown,
  context: CallContext,
): string | undefined {
  const text = takesAliases(demand.identifiers) ? demand.locate(input) : undefined;
  if (text === undefined) return undefined;
  const identifier = parseKeyIdentifier(text, "any", context);
  return identifier.kind === "alias" ? identifier.name : undefined;
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): ConditionValues {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}
