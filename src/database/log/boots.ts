import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { formatAuditRecord } from "../../audit/record.ts";
import { tileWidth } from "../../audit/tiles.ts";
import type { TrailPosition } from "../../audit/trail.ts";
import { IntegrityError } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";
import { isJsonObject, readJsonBytes } from "../../base/json.ts";
import { readBundle } from "./bundles.ts";
import type { LateLog, ReadableLog } from "./log-entries.ts";
import { LogFiles } from "./log-files.ts";
import type { LogKey, SignedLog } from "./tile-log.ts";
import { readSigned, requireSettled, settledFile } from "./tile-log.ts";

const noAccount = "000000000000";

/**
 * The boots that have a log in a folder, in order. A newest one that was never settled was never begun: nothing was said of it, and
 * the next boot takes its number, so there is none before a settled one.
 */
export function listBoots(folder: string): readonly number[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder)
    .filter((each) => /^\d{8}$/.test(each))
    .toSorted();
  const newest = names.findLastIndex((each) => existsSync(join(folder, each, settledFile)));
  return names.slice(0, newest + 1).map(Number);
}

/** Where the logs of all boots are, and what was moved out of them. */
export interface LogFolders {
  readonly folder: string;
  readonly archive?: string | undefined;
}

/** The files of the log of a boot. */
export function bootFiles({ folder, archive }: LogFolders, boot: number): LogFiles {
  const name = String(boot).padStart(8, "0");
  return new LogFiles(join(folder, name), archive && join(archive, name));
}

/** The logs of a folder, in the order of boots, each as its newest checkpoint says. Throws OperatorError. */
export function readLogs(
  folders: LogFolders,
  key: LogKey,
): readonly (ReadableLog & Pick<SignedLog, "place">)[] {
  return listBoots(folders.folder).flatMap((boot) => {
    const files = bootFiles(folders, boot);
    const signed = readSigned(boot, files, key, "checkpoint");
    if (signed === undefined) return [];
    const { size, place } = signed;
    return [{ boot, files, size, place, first: firstPosition(files, size) }];
  });
}

/**
 * The settled logs of boots, each of which is read and its signature checked when somebody first asks for it: what a start costs does
 * not depend on the number of boots. Each throws OperatorError when it is not as it was signed.
 */
export function settledLogs(
  folders: LogFolders,
  boots: readonly number[],
  key: LogKey,
): readonly LateLog[] {
  return boots.map((boot) => {
    let known: ReadableLog | undefined;
    return () => (known ??= settledLog(folders, boot, key));
  });
}

function settledLog(folders: LogFolders, boot: number, key: LogKey): ReadableLog {
  const files = bootFiles(folders, boot);
  const { size } = requireSettled(boot, files, key);
  return { boot, files, size, first: firstPosition(files, size) };
}

export interface Beginning {
  readonly boot: number;
  /** Position of the first record of the journal that the log holds. */
  readonly first: TrailPosition;
  readonly previous?: { readonly origin: string; readonly signed: SignedLog };
  readonly time: Date;
  readonly eventId: string;
}

/** The first entry of a log: which boot it is of, and where the log of the boot before it ended. */
export function beginLog({ boot, first, previous, time, eventId }: Beginning): Buffer {
  const before =
    previous === undefined
      ? {}
      : {
          previousOrigin: previous.origin,
          previousSize: previous.signed.size,
          previousRootHash: Buffer.from(previous.signed.root).toString("base64"),
        };
  const record = formatAuditRecord({
    eventName: "BeginLog",
    eventSource: "keywright",
    region: "aws-global",
    time,
    eventId,
    readOnly: false,
    identity: { type: "internal", account: noAccount },
    sourceIp: "AWS Internal",
    userAgent: "AWS Internal",
    requestParameters: null,
    responseElements: null,
    resources: [],
    recipientAccount: noAccount,
    serviceEventDetails: { boot, firstPosition: first, ...before },
  });
  return Buffer.from(record, "utf8");
}

/** The position of the first record of a log that holds at least its first entry. */
function firstPosition(files: LogFiles, size: number): TrailPosition {
  const width = Math.min(size, tileWidth);
  const [begin] = readBundle(files, 0, width) ?? [];
  const details = begin === undefined ? undefined : eventDetails(begin);
  const first = details?.["firstPosition"];
  if (typeof first !== "number")
    throw new IntegrityError(`${files.folder} does not say where it begins`);
  return first;
}

function eventDetails(entry: Uint8Array): JsonObject | undefined {
  const event = readJsonBytes(entry);
  const details = isJsonObject(event) ? event["serviceEventDetails"] : undefined;
  return isJsonObject(details) ? details : undefined;
}
