import { decodeStrictBase64 } from "../base/bytes.ts";
import { hashLength } from "./tree.ts";

/** What a log says of itself (C2SP tlog-checkpoint): the text of a signed note. */
export interface LogCheckpoint {
  /** The log's name. */
  readonly origin: string;
  /** How many entries it holds. */
  readonly size: number;
  readonly root: Uint8Array;
}

/** The origin of the log that a deployment writes from one start to its end. Boots count from 1 and never repeat. */
export function logOrigin(deployment: string, boot: number): string {
  return `keywright/${deployment}/${boot}`;
}

/** The text of a checkpoint. */
export function formatLogCheckpoint({ origin, size, root }: LogCheckpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString("base64")}\n`;
}

/** Reads the text of a checkpoint; undefined when it is none. Extension lines are left to who put them there. */
export function parseLogCheckpoint(text: string): LogCheckpoint | undefined {
  if (!text.endsWith("\n")) return undefined;
  const [origin = "", decimal = "", base64 = "", ...extensions] = text.slice(0, -1).split("\n");
  const size = parseSize(decimal);
  const root = decodeStrictBase64(base64);
  if (origin === "" || size === undefined || root?.length !== hashLength) return undefined;
  return extensions.includes("") ? undefined : { origin, size, root };
}

/** Reads the decimal size of a tree: no sign, no leading zeros, below 2^53. */
export function parseSize(decimal: string): number | undefined {
  if (!/^(0|[1-9]\d{0,15})$/.test(decimal)) return undefined;
  const size = Number(decimal);
  return Number.isSafeInteger(size) ? size : undefined;
}
