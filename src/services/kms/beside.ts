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
 * KMS for a thread beside the main one. Connections to custom key stores, the turns in which slow cryptography shares the
 * pool, and what is known of grants beside those of the key, are the main thread's: calls that need them are Elsewhere's, told before they count against a quota.
 */
export function kmsBeside(service: Service): Service {
  return {
    ...service,
    locate(demand, input, context, found) {
      if (asksForMore(input as Request)) throw new Elsewhere();
      return after(service.locate(demand, input, context, found), (thing) => {
        if (!isUsedHere(thing as KmsKey)) throw new Elsewhere();
        return thing;
      });
    },
  };
}

/** The members of requests that need more than the key. */
interface Request {
  readonly Recipient?: unknown;
  readonly GrantTokens?: readonly unknown[];
}

/**
 * Who else may read an answer proves it with a chain of certificates, whose verification takes long. And whether a token names a
 * grant rests on no version that the writer compares: only the main thread knows of each grant before it is acknowledged.
 */
function asksForMore({ Recipient, GrantTokens = [] }: Request): boolean {
  return Recipient !== undefined || GrantTokens.length > 0;
}

function isUsedHere({ customStore, spec }: KmsKey): boolean {
  return customStore === undefined && keySpecs[spec].keyType !== "asymmetric";
}
