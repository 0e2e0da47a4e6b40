import { decodeStrictBase64, u64 } from "../base/bytes.ts";
import { sha256 } from "../crypto/hash.ts";
import {
  decodeEd25519Key,
  encodeEd25519Key,
  signEd25519,
  verifyEd25519,
} from "../crypto/signature.ts";

/** Text with signatures (C2SP signed-note): Ed25519, and the timestamped cosignatures of witnesses (C2SP tlog-cosignature). */

const signatureTypes = { ed25519: 1, cosignature: 4 } as const;
export type SignatureType = keyof typeof signatureTypes;

/** A key that signatures of notes are verified with. */
export interface VerifierKey {
  readonly name: string;
  /** 32 bits; with the name it tells which key a signature is of. */
  readonly id: number;
  readonly type: SignatureType;
  /** SPKI. */
  readonly publicKey: Buffer;
}

/** A signature that was verified. */
export interface NoteSignature {
  readonly key: VerifierKey;
  /** When a cosignature was made, in seconds since 1970. */
  readonly time?: number;
}

/** A note that at least one known key signed. */
export interface OpenedNote {
  /** With its final newline. */
  readonly text: string;
  readonly signedBy: readonly NoteSignature[];
  /** How many signatures were passed over: of unknown keys, and repeated ones. */
  readonly ignored: number;
}

/** Verifiers must accept 16 signatures; a limit keeps a hostile note cheap. */
const mostSignatures = 64;
const longestNote = 1_000_000;
const idLength = 4;
const timeLength = 8;
const dash = "\u2014 ";

/** A note of one Ed25519 signature under a key name. Throws RangeError for a text or a name that no note can have. */
export function signNote(
  text: string,
  name: string,
  privateKey: Uint8Array,
  publicKey: Uint8Array,
): string {
  requireSignable(text);
  const { id } = verifierKey(name, publicKey, "ed25519");
  const signature = signEd25519(privateKey, Buffer.from(text, "utf8"));
  return `${text}\n${formatSignature(name, id, signature)}`;
}

/** The signature line of a witness under the text of a checkpoint, made at a time in seconds since 1970. */
export function cosignNote(
  text: string,
  name: string,
  time: number,
  privateKey: Uint8Array,
  publicKey: Uint8Array,
): string {
  requireSignable(text);
  const { id } = verifierKey(name, publicKey, "cosignature");
  const signature = signEd25519(privateKey, cosigned(time, text));
  return formatSignature(name, id, Buffer.concat([u64(time), signature]));
}

/**
 * Opens a note that at least one of the keys signed. Undefined when none did, when a signature of one of them does not hold,
 * or when it is no note.
 */
export function openNote(
  note: string | Uint8Array,
  keys: readonly VerifierKey[],
): OpenedNote | undefined {
  const parts = splitNote(note);
  if (parts === undefined) return undefined;
  const { text, signatures } = parts;
  const signedBy: NoteSignature[] = [];
  for (const { name, id, bytes } of signatures) {
    const key = keys.find((each) => each.name === name && each.id === id);
    if (key === undefined || signedBy.some((each) => each.key === key)) continue;
    const verified = verifySignature(key, text, bytes);
    if (verified === undefined) return undefined;
    signedBy.push(verified);
  }
  const ignored = signatures.length - signedBy.length;
  return signedBy.length === 0 ? undefined : { text, signedBy, ignored };
}

/** A verifier key as text, `name+id+key`: what an operator hands to an auditor. */
export function formatVerifierKey(
  name: string,
  publicKey: Uint8Array,
  type: SignatureType = "ed25519",
): string {
  const { id } = verifierKey(name, publicKey, type);
  return `${name}+${formatId(id)}+${typedKey(publicKey, type).toString("base64")}`;
}

/** Reads a verifier key; undefined when the text is none, or its id is not the one of its key. */
export function parseVerifierKey(text: string): VerifierKey | undefined {
  const [, name = "", id = "", base64 = ""] = /^([^+]*)\+([\da-f]{8})\+(.*)$/su.exec(text) ?? [];
  const bytes = decodeStrictBase64(base64);
  const type = types.find((each) => signatureTypes[each] === bytes?.[0]);
  const publicKey = bytes && decodeEd25519Key(bytes.subarray(1));
  if (!isKeyName(name) || type === undefined || publicKey === undefined) return undefined;
  const key = verifierKey(name, publicKey, type);
  return formatId(key.id) === id ? key : undefined;
}

/** The verifier key of a name and a public key (SPKI). Throws RangeError for a name that no key can have. */
export function verifierKey(
  name: string,
  publicKey: Uint8Array,
  type: SignatureType = "ed25519",
): VerifierKey {
  if (!isKeyName(name)) throw new RangeError(`\`${name}\` cannot be the name of a key`);
  const digest = sha256(Buffer.from(`${name}\n`, "utf8"), typedKey(publicKey, type));
  return { name, id: digest.readUInt32BE(0), type, publicKey: Buffer.from(publicKey) };
}

const types: readonly SignatureType[] = ["ed25519", "cosignature"];

function typedKey(publicKey: Uint8Array, type: SignatureType): Buffer {
  return Buffer.concat([Buffer.of(signatureTypes[type]), encodeEd25519Key(publicKey)]);
}

function isKeyName(name: string): boolean {
  return name !== "" && !/[\p{White_Space}\p{Cc}+]/u.test(name) && name.isWellFormed();
}

function requireSignable(text: string): void {
  if (!text.endsWith("\n") || !isNoteText(text))
    throw new RangeError("a note is text without control characters that ends in a newline");
}

function isNoteText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a note must not hold
  return text.isWellFormed() && !/[\x00-\x09\x0b-\x1f]/.test(text);
}

function formatId(id: number): string {
  return id.toString(16).padStart(2 * idLength, "0");
}

function formatSignature(name: string, id: number, signature: Uint8Array): string {
  const bytes = Buffer.concat([Buffer.alloc(idLength), signature]);
  bytes.writeUInt32BE(id);
  return `${dash}${name} ${bytes.toString("base64")}\n`;
}

function cosigned(time: number, text: string): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${time}\n${text}`, "utf8");
}

interface SignatureLine {
  readonly name: string;
  readonly id: number;
  readonly bytes: Buffer;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeText(note: Uint8Array): string | undefined {
  try {
    return utf8.decode(note);
  } catch {
    // Not UTF-8: no note.
    return undefined;
  }
}

function splitNote(
  note: string | Uint8Array,
): { readonly text: string; readonly signatures: readonly SignatureLine[] } | undefined {
  if (note.length > longestNote) return undefined;
  const whole = typeof note === "string" ? note : decodeText(note);
  const end = whole?.lastIndexOf("\n\n") ?? -1;
  if (whole === undefined || end < 0 || !whole.endsWith("\n") || !isNoteText(whole))
    return undefined;
  const lines = whole.slice(end + 2, -1).split("\n");
  if (lines.length > mostSignatures) return undefined;
  const signatures = lines.map(parseSignature).filter((line) => line !== undefined);
  return signatures.length === lines.length
    ? { text: whole.slice(0, end + 1), signatures }
    : undefined;
}

function parseSignature(line: string): SignatureLine | undefined {
  if (!line.startsWith(dash)) return undefined;
  const [name = "", base64 = "", ...more] = line.slice(dash.length).split(" ");
  const bytes = decodeStrictBase64(base64);
  if (!isKeyName(name) || more.length > 0 || bytes === undefined || bytes.length <= idLength)
    return undefined;
  return { name, id: bytes.readUInt32BE(0), bytes: bytes.subarray(idLength) };
}

function verifySignature(key: VerifierKey, text: string, bytes: Buffer): NoteSignature | undefined {
  if (key.type === "ed25519")
    return verifyEd25519(key.publicKey, Buffer.from(text, "utf8"), bytes) ? { key } : undefined;
  if (bytes.length <= timeLength) return undefined;
  const time = Number(bytes.readBigUInt64BE(0));
  const signature = bytes.subarray(timeLength);
  if (!Number.isSafeInteger(time)) return undefined;
  return verifyEd25519(key.publicKey, cosigned(time, text), signature) ? { key, time } : undefined;
}
