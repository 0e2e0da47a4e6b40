import type { Verification } from "../../audit/verify.ts";
import { verifyJournal } from "../../audit/verify.ts";
import { listSegments, readHead } from "../journal-files.ts";
import type { LogFolders } from "./boots.ts";
import { readLogs } from "./boots.ts";
import { LogEntries } from "./log-entries.ts";
import type { LogKey } from "./tile-log.ts";

export interface AuditFolders {
  readonly journal: string;
  readonly logs: LogFolders;
}

/**
 * Reads every audit record that a deployment keeps, oldest first: those of the logs, then those that only the journal has. The journal
 * is verified; the logs are read as their signed checkpoints say. Throws OperatorError, IntegrityError.
 */
export function readAudit(
  { journal, logs: folders }: AuditFolders,
  key: LogKey,
  onRecord: (record: Uint8Array) => void = () => undefined,
): Verification {
  const logs = readLogs(folders, key);
  const entries = new LogEntries(logs.map((log) => () => log));
  for (let position = 1; position < entries.end; position++) {
    const entry = entries.find(position);
    if (entry !== undefined) onRecord(entry);
  }
  const logged = logs.at(-1)?.place;
  const head = readHead(journal);
  const trust = { ...key, ...(head && { head }), ...(logged && { logged }) };
  return verifyJournal(listSegments(journal), trust, ({ sequence, payload }) => {
    if (sequence > (logged?.sequence ?? 0)) onRecord(payload);
  });
}
