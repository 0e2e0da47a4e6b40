import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { RecipientInfo } from "@aws-sdk/client-kms";
import type { PayloadMembers } from "../support/attestation.ts";
import { attestationDocument, issuePath, nitroTerms } from "../support/attestation.ts";
import type { TestServer } from "../support/keywright.ts";
import { openServer } from "./support.ts";

/** A hypervisor of the tests' own, an enclave on it, and servers that trust it. */

const folder = mkdtempSync(join(tmpdir(), "keywright-recipient-"));
after(() => rmSync(folder, { recursive: true }));

/** The certificates of the hypervisor, root first. */
export const path = issuePath(nitroTerms);

export const rootsFile = join(folder, "roots.pem");
writeFileSync(
  rootsFile,
  path
    .slice(0, 1)
    .map(({ certificate }) => certificate.toString())
    .join(""),
);

/** A server that trusts the hypervisor's root. */
export function openTrustingServer(seed?: object): Promise<TestServer> {
  return openServer(seed, [["--attestation-roots", rootsFile]]);
}

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const privateFile = join(folder, "enclave.pem");
writeFileSync(privateFile, privateKey.export({ type: "pkcs8", format: "pem" }));
const spki = publicKey.export({ type: "spki", format: "der" });

/** A Recipient of the enclave, now, with changes to the payload of its document. */
export function enclave(changes: PayloadMembers = {}): RecipientInfo {
  return recipient(attestationDocument(path, new Date(), { public_key: spki, ...changes }));
}

/** A Recipient with this document. */
export function recipient(document: Uint8Array): RecipientInfo {
  return { KeyEncryptionAlgorithm: "RSAES_OAEP_SHA_256", AttestationDocument: document };
}

/** What the enclave reads in an answer, with OpenSSL and its private key. */
export function openInEnclave(message: Uint8Array | undefined): Buffer {
  const args = ["cms", "-decrypt", "-inform", "DER", "-inkey", privateFile];
  return execFileSync("openssl", args, { input: Buffer.from(message ?? []) });
}
