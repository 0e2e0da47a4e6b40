import { decodeCbor } from "./cbor.ts";
import { AttestationFault } from "./fault.ts";

/** What an attestation document says of the one who asks, with the types and bounds of AWS's specification. */
export interface Attestation {
  readonly kind: AttestationKind;
  /** The enclave or instance that the hypervisor vouches for. */
  readonly moduleId: string;
  readonly timestamp: Date;
  /** Values of the platform configuration registers, in lower-case hex. */
  readonly pcrs: ReadonlyMap<number, string>;
  /** The key to which answers are encrypted, an SPKI in DER. */
  readonly publicKey: Uint8Array | undefined;
}

/** The payload of an attestation document: what it says, and whose word that is. */
export interface AttestationPayload extends Attestation {
  readonly certificate: Uint8Array;
  /** The certificates above it, the root first. */
  readonly bundle: readonly Uint8Array[];
}

/** What made the document: they differ in the meaning of their registers. */
export type AttestationKind = "nitro-enclave" | "nitro-tpm";

const registers = { pcrs: "nitro-enclave", nitrotpm_pcrs: "nitro-tpm" } as const;

const members = [
  "module_id",
  "digest",
  "timestamp",
  "pcrs",
  "nitrotpm_pcrs",
  "certificate",
  "cabundle",
  "public_key",
  "user_data",
  "nonce",
];

const pcrLengths = [32, 48, 64];

/** Reads the payload of an attestation document. Throws AttestationFault. */
export function readPayload(bytes: Uint8Array): AttestationPayload {
  const payload = asMap(decodeCbor(bytes));
  if (payload === undefined) throw new AttestationFault("its payload is no map");
  for (const name of payload.keys())
    if (!members.some((member) => member === name))
      throw new AttestationFault("its payload has an unknown member");
  if (payload.get("digest") !== "SHA384") throw new AttestationFault("its digest is not SHA384");
  optionalBytes(payload, "user_data", 0);
  optionalBytes(payload, "nonce", 0);
  return {
    ...readRegisters(payload),
    moduleId: readModuleId(payload),
    timestamp: readTimestamp(payload),
    certificate: readBytes(payload.get("certificate"), "certificate", 1, 1024),
    bundle: readBundle(payload),
    publicKey: optionalBytes(payload, "public_key", 1),
  };
}

type Payload = ReadonlyMap<unknown, unknown>;

function asMap(value: unknown): Payload | undefined {
  return value instanceof Map ? value : undefined;
}

function readModuleId(payload: Payload): string {
  const value = payload.get("module_id");
  if (typeof value !== "string" || value === "" || value.length > 256) throw wrong("module_id");
  return value;
}

function readTimestamp(payload: Payload): Date {
  const value = payload.get("timestamp");
  const timestamp = new Date(typeof value === "number" && value > 0 ? value : Number.NaN);
  if (Number.isNaN(timestamp.getTime())) throw wrong("timestamp");
  return timestamp;
}

function readRegisters(payload: Payload): Pick<AttestationPayload, "kind" | "pcrs"> {
  const [found, another] = Object.entries(registers).filter(([name]) => payload.has(name));
  if (found === undefined || another !== undefined) throw wrong("pcrs");
  const [name, kind] = found;
  const given = asMap(payload.get(name));
  if (given === undefined || given.size < 1) throw wrong(name);
  const pcrs = new Map<number, string>();
  for (const [index, value] of given) {
    if (typeof index !== "number" || index < 0 || index > 31) throw wrong(name);
    if (!(value instanceof Uint8Array) || !pcrLengths.includes(value.length)) throw wrong(name);
    pcrs.set(index, Buffer.from(value).toString("hex"));
  }
  return { kind, pcrs };
}

/** Four in practice; the bound limits how many signatures one document can make us verify. */
const maximumBundle = 8;

function readBundle(payload: Payload): readonly Uint8Array[] {
  const value = payload.get("cabundle");
  if (!Array.isArray(value) || value.length < 1 || value.length > maximumBundle)
    throw wrong("cabundle");
  return value.map((each: unknown) => readBytes(each, "cabundle", 1, 1024));
}

/**
 * A member that may be missing, or null, as hypervisors write it. AWS's specification bounds user_data and nonce by 1,024
 * bytes in one place and by 512 in another; nothing here depends on them.
 */
function optionalBytes(payload: Payload, name: string, least: number): Uint8Array | undefined {
  const value = payload.get(name) ?? undefined;
  return value === undefined ? undefined : readBytes(value, name, least, 1024);
}

function readBytes(value: unknown, name: string, least: number, most: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length < least || value.length > most)
    throw wrong(name);
  return value;
}

function wrong(member: string): AttestationFault {
  return new AttestationFault(`its ${member} is missing or malformed`);
}
