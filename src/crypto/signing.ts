import type { MessageForm } from "./algorithms.ts";
import { signingAlgorithms } from "./algorithms.ts";
import type { KeyMaterial } from "./key-material.ts";
import type { MessageType, SigningAlgorithm } from "./key-spec.ts";
import type { Place } from "./openssl.ts";
import { OpensslKey } from "./openssl-key.ts";

/** The message types that an algorithm takes. */
export function messageTypesOf(algorithm: SigningAlgorithm): readonly MessageType[] {
  const all: readonly MessageType[] = ["RAW", "DIGEST", "EXTERNAL_MU"];
  return all.filter((type) => signingAlgorithms[algorithm].messages[type] !== undefined);
}

/** The exact length of what an algorithm takes as a digest (or as mu); undefined where any length goes. */
export function digestLength(algorithm: SigningAlgorithm): number | undefined {
  const { DIGEST, EXTERNAL_MU } = signingAlgorithms[algorithm].messages;
  return (DIGEST ?? EXTERNAL_MU)?.length;
}

/**
 * Signs; the key may be disposed of at once. Throws TypeError for a key of another algorithm, and for
 * a message of a type or a length that the algorithm does not take.
 */
export async function sign(
  key: KeyMaterial,
  algorithm: SigningAlgorithm,
  messageType: MessageType,
  message: Uint8Array,
  place: Place = "pool",
): Promise<Buffer> {
  const { scheme, prepare } = formOf(algorithm, messageType, message);
  const { privateKey } = key;
  if (!signingAlgorithms[algorithm].keyTypes.includes(privateKey.type))
    throw new TypeError(`${algorithm} does not sign with a key of ${privateKey.type}`);
  return privateKey.sign(
    scheme,
    prepare(message, () => privateKey.spki()),
    place,
  );
}

/**
 * Whether a signature holds, in its one encoding: strict DER (ECDSA, SM2DSA), a salt as long as the digest (PSS). False
 * for a key of another algorithm; throws TypeError for a message of a type or a length that the algorithm does not take.
 */
export async function verify(
  publicKey: Uint8Array,
  algorithm: SigningAlgorithm,
  messageType: MessageType,
  message: Uint8Array,
  signature: Uint8Array,
  place: Place = "pool",
): Promise<boolean> {
  const { scheme, prepare } = formOf(algorithm, messageType, message);
  using key = OpensslKey.fromSpki(publicKey);
  if (key === undefined || !signingAlgorithms[algorithm].keyTypes.includes(key.type)) return false;
  return await key.verify(
    scheme,
    prepare(message, () => publicKey),
    signature,
    place,
  );
}

function formOf(
  algorithm: SigningAlgorithm,
  messageType: MessageType,
  message: Uint8Array,
): MessageForm {
  const form = signingAlgorithms[algorithm].messages[messageType];
  if (form === undefined) throw new TypeError(`${algorithm} takes no ${messageType} message`);
  if (form.length !== undefined && form.length !== message.length)
    throw new TypeError(`${algorithm} takes ${form.length} bytes as ${messageType}`);
  return form;
}
