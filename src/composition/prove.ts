import { readFileSync } from "node:fs";
import type { VerifierKey } from "../audit/note.ts";
import { formatProof, openProof } from "../audit/proof.ts";
import { nodesOf } from "../audit/tile-nodes.ts";
import { inclusionProof } from "../audit/tree.ts";
import { parseLogOrigin } from "../audit/witness.ts";
import { OperatorError } from "../base/errors.ts";
import type { Findings } from "../cli/commands.ts";
import type { Config } from "../config.ts";
import { readLogs } from "../database/log/boots.ts";
import { LogEntries } from "../database/log/log-entries.ts";
import { readSigned } from "../database/log/tile-log.ts";
import { withDeployment } from "./deployment.ts";
import { auditKey } from "./inspect.ts";

/** The proof that the record of an event is in a signed log, as text. Throws OperatorError when no log has it. */
export function proveEvent(config: Config, eventId: string): Promise<string> {
  return withDeployment(config, async (deployment, _reader, folder) => {
    const key = auditKey(deployment);
    const folders = { folder: folder.logs, archive: config.audit.archive };
    const logs = readLogs(folders, key);
    const entries = new LogEntries(logs.map((log) => () => log));
    for (let position = entries.end - 1; position > 0; position--) {
      const record = entries.find(position);
      if (record === undefined || !isOf(record, eventId)) continue;
      const log = entries.logOf(position);
      const signed = log && readSigned(log.boot, log.files, key, "checkpoint");
      if (log === undefined || signed === undefined) break;
      const index = position - log.first + 1;
      const nodes = nodesOf(signed.size, (name) => log.files.read(name));
      const hashes = inclusionProof(index, signed.size, nodes);
      return formatProof({ record, index, hashes, checkpoint: signed.note });
    }
    throw new OperatorError(
      `no log holds a record with the event id ${eventId}: it takes a second to get there`,
    );
  });
}

function isOf(record: Uint8Array, eventId: string): boolean {
  return Buffer.from(record).includes(`"eventID":${JSON.stringify(eventId)}`);
}

/** Checks a proof with the audit key alone; its record is what it proves. Throws OperatorError when it proves nothing. */
export function reportProof(path: string, [key, ...more]: readonly VerifierKey[]): Findings {
  if (key === undefined || more.length > 0)
    throw new OperatorError("--proof needs --audit-key with one key");
  const deployment = parseLogOrigin(`${key.name}/1`)?.deployment ?? "";
  const record = openProof(readFileSync(path, "utf8"), {
    deployment,
    publicKey: key.publicKey,
  });
  return record === undefined
    ? { facts: [], problems: [`${path} does not prove that its record is in a log of this key`] }
    : { facts: [["proven record", record.toString("utf8")]], problems: [] };
}
