import type { CallContext } from "../../api/context.ts";
import type { ConditionValues, Outcome } from "../../api/operation.ts";
import { AwsError } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Soon } from "../../base/soon.ts";
import { envelopedDataFor } from "../../crypto/attestation/cms.ts";
import type { Attestation, AttestationKind } from "../../crypto/attestation/document.ts";
import type { AttestationResult } from "../../crypto/attestation/verify.ts";
import { verifyAttestation } from "../../crypto/attestation/verify.ts";
import type { KmsTools } from "./operation.ts";

/** The Recipient of a request: an enclave or instance that proves what it runs, and to whom alone the secret is told. */

interface AttestedInput {
  readonly Recipient?: { readonly AttestationDocument?: Uint8Array | undefined } | undefined;
}

/** Results by the Recipient that carried their document: policies and handler of one call share one verification. */
const verified = new WeakMap<object, AttestationResult>();

/**
 * Verifies the attestation in a request, in turns between accounts, before policies and handler ask for it; undefined when there is
 * nothing to verify. What is wrong with it is told to who asks: a caller without permission learns nothing of it.
 */
export function prepareAttestation(
  input: unknown,
  { account, time }: CallContext,
  { attestationRoots, keyWork }: KmsTools,
): Promise<void> | undefined {
  const { Recipient } = input as AttestedInput;
  const document = Recipient?.AttestationDocument;
  if (Recipient === undefined || document === undefined) return undefined;
  if (attestationRoots.length === 0 || verified.has(Recipient)) return undefined;
  return keyWork.inTurn({ spec: "ECC_NIST_P384", part: "public", account }, async () => {
    verified.set(Recipient, await verifyAttestation(document, attestationRoots, time));
  });
}

/**
 * The attestation in a request, which was verified before; undefined when there is no Recipient. Throws ValidationException for a document
 * that does not hold, and UnsupportedOperationException where no roots are configured: a Recipient is never ignored.
 */
export function attestationOf(
  { Recipient }: AttestedInput,
  { attestationRoots }: KmsTools,
): Attestation | undefined {
  if (Recipient === undefined) return undefined;
  if (attestationRoots.length === 0)
    throw new AwsError(
      "UnsupportedOperationException",
      "Recipient is not supported here: no roots of attestation documents are configured (--attestation-roots).",
    );
  if (Recipient.AttestationDocument === undefined)
    throw new AwsError("ValidationException", "Recipient has no attestation document.");
  const result = verified.get(Recipient);
  if (result === undefined) throw new Error("a Recipient was not verified");
  const { attestation, fault } = result;
  if (attestation === undefined)
    throw new AwsError("ValidationException", `The attestation document is not valid: ${fault}.`);
  return attestation;
}

/** Values of the condition keys that speak of a verified attestation (facts 12.4). */
export function attestationConditions(input: unknown, tools: KmsTools): ConditionValues {
  const attestation = attestationOf(input as AttestedInput, tools);
  if (attestation === undefined) return {};
  const { condition, image } = registers[attestation.kind];
  const values = [...attestation.pcrs].map(
    ([index, value]) => [`kms:RecipientAttestation:${condition}${index}`, value] as const,
  );
  const digest = image === undefined ? undefined : attestation.pcrs.get(image);
  return { ...Object.fromEntries(values), "kms:RecipientAttestation:ImageSha384": digest };
}

/** The facts of an outcome for the audit record: those of the attestation (facts 18.3), and the call's own. */
export function evidenceWith(
  attestation: Attestation | undefined,
  own: JsonObject = {},
): Pick<Outcome<unknown>, "evidence"> {
  const evidence = attestation === undefined ? own : { ...own, recipient: recorded(attestation) };
  return Object.keys(evidence).length === 0 ? {} : { evidence };
}

function recorded({ kind, moduleId, pcrs }: Attestation): JsonObject {
  const recipient: Record<string, string> = { attestationDocumentModuleId: moduleId };
  for (const [index, name] of registers[kind].recorded) {
    const value = pcrs.get(index);
    if (value !== undefined) recipient[`attestationDocument${name}`] = value;
  }
  return recipient;
}

/** A secret as it enters an answer: in the clear, or in its place for the recipient's key alone. */
export interface Answered {
  readonly Plaintext?: Uint8Array;
  readonly CiphertextForRecipient?: Uint8Array;
}

/** Answers with a secret: in the clear, or encrypted to the key in the attestation document, if it has one. */
export function answerWith(
  secret: Uint8Array,
  attestation: Attestation | undefined,
): Soon<Answered> {
  if (attestation?.publicKey === undefined) return { Plaintext: secret };
  return envelopedDataFor(attestation.publicKey, secret).then((CiphertextForRecipient) => {
    secret.fill(0);
    return { CiphertextForRecipient };
  });
}

/** How condition keys and audit records name the registers of each kind of attestation. */
interface Registers {
  readonly condition: string;
  /** The register that measures the image of what runs. */
  readonly image?: number;
  /** Those that AWS records, by number (facts 18.3). */
  readonly recorded: ReadonlyMap<number, string>;
}

const registers: Readonly<Record<AttestationKind, Registers>> = {
  "nitro-enclave": {
    condition: "PCR",
    image: 0,
    recorded: new Map([
      [0, "EnclaveImageDigest"],
      ...[1, 2, 3, 4, 8].map((index) => [index, `EnclavePCR${index}`] as const),
    ]),
  },
  "nitro-tpm": {
    condition: "NitroTPMPCR",
    recorded: new Map([4, 7, 8, 9, 16, 23].map((index) => [index, `NitroTPMPCR${index}`])),
  },
};
