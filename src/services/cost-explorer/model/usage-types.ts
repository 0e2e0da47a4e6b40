import type { UsageLine } from "../../../audit/usage.ts";
import type { RateName } from "./prices.ts";

/** The kinds of requests that have prices of their own. */
export type RequestRate = Exclude<RateName, "keyMonth" | "rotationMonth">;

/** What AWS's bills call a kind of use, behind the region's name. */
const names: Readonly<Record<RequestRate, string>> = {
  requests: "KMS-Requests",
  rsa2048Requests: "KMS-Requests-Asymmetric-RSA_2048",
  asymmetricRequests: "KMS-Requests-Asymmetric",
  eccKeyPairs: "KMS-Requests-GenerateDatakeyPair-ECC",
  rsaKeyPairs: "KMS-Requests-GenerateDatakeyPair-RSA",
};

/** The usage type of requests in a region, as `us-east-1-KMS-Requests`. */
export function requestType(region: string, rate: RequestRate): string {
  return `${region}-${names[rate]}`;
}

/** The usage type of keys in a region. */
export function keyType(region: string): string {
  return `${region}-KMS-Keys`;
}

/** The kind of request that calls are. */
export function requestRate({
  operation,
  spec,
}: Pick<UsageLine, "operation" | "spec">): RequestRate {
  if (operation.startsWith("GenerateDataKeyPair"))
    return spec.startsWith("RSA_") ? "rsaKeyPairs" : "eccKeyPairs";
  if (!asymmetricUses.has(operation) || isSymmetric(spec)) return "requests";
  return spec === "RSA_2048" ? "rsa2048Requests" : "asymmetricRequests";
}

/** What is dearer with an asymmetric key. */
const asymmetricUses: ReadonlySet<string> = new Set([
  "Decapsulate",
  "Decrypt",
  "DeriveSharedSecret",
  "Encapsulate",
  "Encrypt",
  "GetPublicKey",
  "ReEncrypt",
  "Sign",
  "Verify",
]);

/** An unknown key is an AWS managed one, or none. */
function isSymmetric(spec: string): boolean {
  return spec === "" || spec === "SYMMETRIC_DEFAULT" || spec.startsWith("HMAC_");
}
