import { existsSync, readFileSync } from "node:fs";
import type { LogCheckpoint } from "../audit/log-checkpoint.ts";
import { logOrigin, parseLogCheckpoint } from "../audit/log-checkpoint.ts";
import type { VerifierKey } from "../audit/note.ts";
import { formatVerifierKey, openNote, verifierKey } from "../audit/note.ts";
import type { Verification } from "../audit/verify.ts";
import type { LogFault, LogVerification } from "../audit/verify-log.ts";
import type { BootLog, LogsTrust, LogsVerification } from "../audit/verify-logs.ts";
import { verifyLogs } from "../audit/verify-logs.ts";
import { deploymentKeyName, parseLogOrigin } from "../audit/witness.ts";
import { IntegrityError, OperatorError } from "../base/errors.ts";
import type { AuditKnowledge, Fact, Findings, Io } from "../cli/commands.ts";
import type { Config } from "../config.ts";
import type { Reader } from "../database/database.ts";
import type { Deployment } from "../database/deployment.ts";
import type { AuditFolders } from "../database/log/audit-records.ts";
import { readAudit } from "../database/log/audit-records.ts";
import type { LogFolders } from "../database/log/boots.ts";
import { bootFiles, listBoots } from "../database/log/boots.ts";
import type { LogFiles } from "../database/log/log-files.ts";
import type { DataFolder } from "./data-folder.ts";
import { withDeployment } from "./deployment.ts";
import { auditKey, readJournal } from "./inspect.ts";
import { reportProof } from "./prove.ts";

/** Checks journal and logs of the data folder; or, without it, the logs of a folder with public keys alone. Throws OperatorError. */
export async function reportAudit(
  config: Config,
  known: AuditKnowledge,
  { ask }: Pick<Io, "ask">,
): Promise<Findings> {
  if (known.proof !== undefined) return reportProof(known.proof, config.auditKeys);
  const { archive } = config.audit;
  if (known.folder !== undefined)
    return reportLogs({ folder: known.folder, archive }, config.auditKeys, known);
  const verify = async (deployment: Deployment, _reader: Reader, folder: DataFolder) => {
    const { id, auditPublicKey: publicKey } = deployment;
    const key = verifierKey(deploymentKeyName(id), publicKey);
    // The logs first: what is found in the journal only is newer.
    const folders = { folder: folder.logs, archive };
    const logs = findings(folders, key, known);
    const journal = await journalFindings({ journal: folder.journal, logs: folders }, deployment);
    return {
      facts: [...logs.facts, ...journal.facts],
      problems: [...logs.problems, ...journal.problems],
    };
  };
  return withDeployment(config, verify, ask);
}

/** What the journal is found to be. It goes on where the newest log ends, so damage there is damage here. */
async function journalFindings(folders: AuditFolders, deployment: Deployment): Promise<Findings> {
  try {
    const journal = await readJournal(() => {
      let records = 0;
      const read = readAudit(folders, auditKey(deployment), () => records++);
      return { ...read, records };
    });
    return { facts: journalFacts(journal), problems: journalProblems(journal) };
  } catch (error) {
    if (!(error instanceof OperatorError || error instanceof IntegrityError)) throw error;
    return { facts: [], problems: [error.message] };
  }
}

function reportLogs(
  folders: LogFolders,
  keys: readonly VerifierKey[],
  known: AuditKnowledge,
): Findings {
  const { folder } = folders;
  const [key, ...more] = keys;
  if (key === undefined || more.length > 0)
    throw new OperatorError(
      "--audit needs --audit-key with one key: `keywright verify-audit` prints it in the data folder",
    );
  if (!existsSync(folder)) throw new OperatorError(`there is no folder ${folder}`);
  if (listBoots(folder).length === 0)
    throw new OperatorError(
      `${folder} holds no audit log: name the folder whose folders are called 00000001 and so on`,
    );
  return findings(folders, key, known);
}

/** What the logs of a folder are found to be. */
function findings(folders: LogFolders, key: VerifierKey, known: AuditKnowledge): Findings {
  const deployment = parseLogOrigin(`${key.name}/1`)?.deployment ?? "";
  const trust: LogsTrust = {
    deployment,
    publicKey: key.publicKey,
    growing: true,
    remembered: (known.checkpoints ?? []).map((path) => readCheckpoint(path, deployment, key)),
    ...(known.keptFrom === undefined ? {} : { keptFrom: known.keptFrom }),
  };
  const logs = listBoots(folders.folder).map((boot): BootLog => readerOf(folders, boot));
  const verification = verifyLogs(logs, trust);
  return {
    facts: [
      ["audit key", formatVerifierKey(key.name, key.publicKey)],
      ...verification.logs.flatMap(logFacts),
      ...(verification.faults.length === 0 ? [["logs", "intact"] as const] : []),
    ],
    problems: problemsOf(verification),
  };
}

/** Unfinished files, and what was not yet removed after it was compressed, are no files of a log. */
function readerOf(folders: LogFolders, boot: number): BootLog {
  const files = bootFiles(folders, boot);
  return {
    boot,
    reader: {
      list: () => new Set(files.list("").filter((name) => !name.endsWith(".new"))),
      // Again: a running server may have been about to compress or to archive it.
      read: (name) => tryRead(files, name) ?? tryRead(files, name),
    },
  };
}

function tryRead(files: LogFiles, name: string): Buffer | undefined {
  try {
    return files.read(name);
  } catch {
    // Not to be read, or not to be decompressed: the verification says which file, and goes on.
    return undefined;
  }
}

function readCheckpoint(path: string, deployment: string, key: VerifierKey): LogCheckpoint {
  const note = readFileSync(path);
  const [origin = ""] = note.toString("utf8").split("\n");
  const boot = parseLogOrigin(origin)?.boot ?? 0;
  const own = verifierKey(logOrigin(deployment, boot), key.publicKey);
  const opened = openNote(note, [own]);
  const checkpoint = opened && parseLogCheckpoint(opened.text);
  if (checkpoint?.origin === own.name) return checkpoint;
  throw new OperatorError(`${path} is no checkpoint that the audit key of ${deployment} signed`);
}

const problemsShown = 10;

function problemsOf({ faults }: LogsVerification): readonly string[] {
  const shown = faults.slice(0, problemsShown).map(problemOf);
  const rest = faults.length - shown.length;
  return rest === 0 ? shown : [...shown, `and ${rest} more`];
}

function problemOf({ boot, file, index, position, reason }: LogFault): string {
  const at = index === undefined ? "" : `, entry ${index}`;
  const record = position === undefined ? "" : ` (record ${position})`;
  return `in the log of boot ${boot}, ${file}${at}${record}: ${reason}`;
}

function logFacts({
  boot,
  checkpoint,
  beginning,
  lacking,
  unsigned,
}: LogVerification): readonly Fact[] {
  if (checkpoint === undefined) return [[`log of boot ${boot}`, "not signed"]];
  const { size, root } = checkpoint;
  const from = beginning === undefined ? "" : `, records from ${beginning.firstPosition} on`;
  const gone = lacking === 0 ? "" : `, ${lacking} removed after their time`;
  const more = unsigned === 0 ? "" : `, ${unsigned} files behind it are not signed yet`;
  const hash = Buffer.from(root).toString("base64");
  return [[`log of boot ${boot}`, `${size} entries${from}${gone}${more}, root ${hash}`]];
}

function journalFacts({
  records,
  checkpoints,
  signedTo,
  last,
  fault,
}: Verification): readonly Fact[] {
  return [
    ["records intact", String(records)],
    ["signed checkpoints", String(checkpoints)],
    ["signed up to", `sequence ${signedTo}`],
    ["last sequence", String(last.sequence)],
    ...(fault === undefined ? [["journal", "intact"] as const] : []),
  ];
}

function journalProblems({ fault }: Verification): readonly string[] {
  if (fault === undefined) return [];
  const { segment, offset, sequence, reason } = fault;
  return [`at sequence ${sequence}, byte ${offset} of ${segment}: ${reason}`];
}
