import type { DerValue } from "../der.ts";
import { only, sequence, tags } from "../der.ts";

/** What the extensions of a certificate say that node:crypto does not show (RFC 5280 section 4.2). */
export interface Extensions {
  readonly ca: boolean;
  /** How many issuers may follow it in a path. */
  readonly pathLength: number | undefined;
  readonly keyCertSign: boolean;
  readonly digitalSignature: boolean;
  /** Whether there is a critical one beside basicConstraints and keyUsage: a path with it must be refused. */
  readonly unknownCritical: boolean;
}

const basicConstraints = "551d13";
const keyUsage = "551d0f";
const extensionsTag = 0xa3;
const yes = 0xff;

/** Reads the extensions of a certificate in DER; undefined when they are missing, malformed or there twice. */
export function readExtensions(certificate: Uint8Array): Extensions | undefined {
  const found = new Map<string, Extension>();
  for (const value of listExtensions(certificate) ?? []) {
    const extension = readExtension(value);
    if (extension === undefined || found.has(extension.oid)) return undefined;
    found.set(extension.oid, extension);
  }
  const constraints = readConstraints(found.get(basicConstraints)?.value);
  const usage = readUsage(found.get(keyUsage)?.value);
  if (found.size === 0 || constraints === undefined || usage === undefined) return undefined;
  const others = [...found.values()].filter(
    ({ oid }) => oid !== basicConstraints && oid !== keyUsage,
  );
  return { ...constraints, ...usage, unknownCritical: others.some((each) => each.critical) };
}

interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

function listExtensions(der: Uint8Array): readonly DerValue[] | undefined {
  const [signed] = sequence(only(der)) ?? [];
  const wrapper = sequence(signed)?.find(({ tag }) => tag === extensionsTag);
  return wrapper && sequence(only(wrapper.content));
}

function readExtension(value: DerValue): Extension | undefined {
  const parts = sequence(value) ?? [];
  const [oid, second] = parts;
  const critical = second?.tag === tags.boolean;
  const last = parts[critical ? 2 : 1];
  if (oid?.tag !== tags.oid || last?.tag !== tags.octetString) return undefined;
  if (critical && !isYes(second)) return undefined;
  if (parts.length !== (critical ? 3 : 2)) return undefined;
  return { oid: hex(oid.content), critical, value: last.content };
}

/** Without the extension, or without its flag, a certificate is none of an authority, and has no path to bound. */
function readConstraints(
  value: Uint8Array | undefined,
): Pick<Extensions, "ca" | "pathLength"> | undefined {
  const parts = value === undefined ? [] : sequence(only(value));
  const [ca, length, more] = parts ?? [];
  if (parts === undefined || more !== undefined) return undefined;
  if (ca === undefined) return { ca: false, pathLength: undefined };
  if (!isYes(ca)) return undefined;
  if (length === undefined) return { ca: true, pathLength: undefined };
  const [first = 0x80] = length.content;
  if (length.tag !== tags.integer || length.content.length !== 1 || first >= 0x80) return undefined;
  return { ca: true, pathLength: first };
}

/** Without the extension a key could be used for anything; here it must be said. */
function readUsage(
  value: Uint8Array | undefined,
): Pick<Extensions, "keyCertSign" | "digitalSignature"> | undefined {
  if (value === undefined) return { keyCertSign: false, digitalSignature: false };
  const bits = only(value);
  if (bits?.tag !== tags.bitString) return undefined;
  const [, usage = 0] = bits.content;
  return { keyCertSign: (usage & 0x04) !== 0, digitalSignature: (usage & 0x80) !== 0 };
}

function isYes({ tag, content }: DerValue): boolean {
  return tag === tags.boolean && content.length === 1 && content[0] === yes;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
