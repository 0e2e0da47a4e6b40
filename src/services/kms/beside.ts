import { Elsewhere } from "../../api/elsewhere.ts";
import type { Service } from "../../api/registry.ts";
import { after } from "../../base/soon.ts";
import { keySpecs } from "../../crypto/key-spec.ts";
import type { KmsKey } from "./model/key.ts";

/** What a thread beside the main one answers: cryptography with symmetric keys, which needs the key and nothing else. */
export const operationsBeside: readonly string[] = [
  "Decrypt",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "GenerateMac",
  "ReEncrypt",
  "VerifyMac",
];

/**
 * KMS for a thread beside the main one. Connections to custom key stores, and the turns in which slow cryptography shares the
 * pool, are the main thread's: calls that need them are Elsewhere's, told before they count against a quota.
 */
export function kmsBeside(service: Service): Service {
  return {
    ...service,
    locate: (demand, input, context, found) =>
      after(service.locate(demand, input, context, found), (thing) => {
        if (!isUsedHere(thing as KmsKey, input as Recipient)) throw new Elsewhere();
        return thing;
      }),
  };
}

/** Who else may read an answer proves it with a chain of certificates, whose verification takes long. */
interface Recipient {
  readonly Recipient?: unknown;
}

function isUsedHere({ customStore, spec }: KmsKey, { Recipient }: Recipient): boolean {
  const isLocal = customStore === undefined && keySpecs[spec].keyType !== "asymmetric";
  return isLocal && Recipient === undefined;
}
