import { decodeStrictBase64 } from "../base/bytes.ts";
import { logOrigin, parseLogCheckpoint, parseSize } from "./log-checkpoint.ts";
import { openNote, verifierKey } from "./note.ts";
import { leafHash, verifyInclusion } from "./tree.ts";

/** What proves that a record is in a log. */
export interface Proof {
  /** The record, byte by byte as it was logged. */
  readonly record: Uint8Array;
  /** Of its entry in the log. */
  readonly index: number;
  /** The inclusion proof. */
  readonly hashes: readonly Uint8Array[];
  /** The signed note of the checkpoint whose tree it leads to. */
  readonly checkpoint: string;
}

const magic = "c2sp.org/tlog-proof@v1";

/** A proof as text (C2SP tlog-proof), with the record as its extra data: nothing else but the audit key is needed to check it. */
export function formatProof({ record, index, hashes, checkpoint }: Proof): string {
  const lines = [
    magic,
    `extra ${base64(record)}`,
    `index ${index}`,
    ...hashes.map(base64),
    "",
    checkpoint,
  ];
  return lines.join("\n");
}

/** The record that a proof proves to be in a log of a deployment; undefined when it proves nothing. */
export function openProof(
  text: string,
  { deployment, publicKey }: { readonly deployment: string; readonly publicKey: Uint8Array },
): Buffer | undefined {
  const proof = parseProof(text);
  const [origin = ""] = proof?.checkpoint.split("\n", 1) ?? [];
  const boot = Number(/\/([1-9]\d{0,7})$/.exec(origin)?.[1]);
  if (proof === undefined || origin !== logOrigin(deployment, boot)) return undefined;
  const note = openNote(proof.checkpoint, [verifierKey(origin, publicKey)]);
  const checkpoint = note && parseLogCheckpoint(note.text);
  if (checkpoint?.origin !== origin) return undefined;
  const { record, index, hashes } = proof;
  const { size, root } = checkpoint;
  return verifyInclusion(leafHash(record), index, size, hashes, root)
    ? Buffer.from(record)
    : undefined;
}

function parseProof(text: string): Proof | undefined {
  const end = text.indexOf("\n\n");
  const [first, extra = "", position = "", ...rest] = text.slice(0, end).split("\n");
  const index = parseSize(/^index (.*)$/.exec(position)?.[1] ?? "");
  const record = decodeStrictBase64(/^extra (.*)$/.exec(extra)?.[1] ?? "-");
  const hashes = rest.flatMap((line) => decodeStrictBase64(line) ?? []);
  if (end < 0 || first !== magic || index === undefined || record === undefined) return undefined;
  return hashes.length === rest.length
    ? { record, index, hashes, checkpoint: text.slice(end + 2) }
    : undefined;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
