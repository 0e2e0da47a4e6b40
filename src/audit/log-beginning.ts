import { decodeStrictBase64 } from "../base/bytes.ts";
import type { JsonObject } from "../base/json.ts";
import { isJsonObject, readJsonBytes } from "../base/json.ts";
import type { LogCheckpoint } from "./log-checkpoint.ts";
import { hashLength } from "./tree.ts";

/** What the first entry of a log says: which boot it is of, and where the log of the boot before it ended. */
export interface LogBeginning {
  readonly boot: number;
  /** The position of the log's second entry, the first record. */
  readonly firstPosition: number;
  /** Absent in the first log of a deployment. */
  readonly previous?: LogCheckpoint;
}

/** Reads the entry that begins a log; undefined when it is none. */
export function parseLogBeginning(entry: Uint8Array): LogBeginning | undefined {
  const event = readObject(entry);
  const details = event?.["serviceEventDetails"];
  if (event?.["eventName"] !== "BeginLog" || event["eventSource"] !== "keywright") return undefined;
  if (!isJsonObject(details)) return undefined;
  const { boot, firstPosition } = details;
  const previous = parsePrevious(details);
  if (!isCount(boot) || !isCount(firstPosition) || previous === undefined) return undefined;
  return { boot, firstPosition, ...(previous === "none" ? {} : { previous }) };
}

function parsePrevious(details: JsonObject): LogCheckpoint | "none" | undefined {
  const { previousOrigin: origin, previousSize: size, previousRootHash: hash } = details;
  if (origin === undefined && size === undefined && hash === undefined) return "none";
  const root = typeof hash === "string" ? decodeStrictBase64(hash) : undefined;
  if (typeof origin !== "string" || !isCount(size) || root?.length !== hashLength) return undefined;
  return { origin, size, root };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function readObject(entry: Uint8Array): JsonObject | undefined {
  try {
    const value = readJsonBytes(entry);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // Not JSON: no beginning.
    return undefined;
  }
}
