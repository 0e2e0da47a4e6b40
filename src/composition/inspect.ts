import { existsSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { Verification } from "../audit/verify.ts";
import { OperatorError } from "../base/errors.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import { isJsonList, isJsonObject, readJsonBytes } from "../base/json.ts";
import type { AuditFilter, Findings, Io } from "../cli/commands.ts";
import type { Config } from "../config.ts";
import type { Reader } from "../database/database.ts";
import { countRows } from "../database/database.ts";
import type { ClosedDeployment, Deployment } from "../database/deployment.ts";
import { readDeployment } from "../database/deployment.ts";
import { listSegments } from "../database/journal-files.ts";
import type { AuditFolders } from "../database/log/audit-records.ts";
import { readAudit } from "../database/log/audit-records.ts";
import type { LogKey } from "../database/log/tile-log.ts";
import { openSqliteReader } from "../database/sqlite.ts";
import { countKeys } from "../services/kms/tables/listings.ts";
import type { DataFolder } from "./data-folder.ts";
import { existingFolder, openWith, withDeployment } from "./deployment.ts";
import { peopleKinds, unattendedSources } from "./root-sources.ts";

/** What a deployment holds, and whether its server answers. */
export async function reportStatus(config: Config): Promise<Findings> {
  const folder = existingFolder(config);
  const reader = openSqliteReader(folder.database);
  try {
    const closed = await readDeployment(reader);
    const root = await tryRoot(closed, reader, config);
    const server = await askServer(folder.address);
    return {
      facts: [
        ["data folder", folder.folder],
        ["deployment", closed.id],
        ["root key", root.state],
        ["accounts", String(await countRows(reader, "accounts"))],
        ["KMS keys", String(await countKeys(reader))],
        ["grants", String(await countRows(reader, "grants"))],
        ["audit segments", String(listSegments(folder.journal).length)],
        ["server", server.state],
      ],
      problems: [root.problem, server.problem].filter((problem) => problem !== undefined),
    };
  } finally {
    reader.close();
  }
}

interface Condition {
  readonly state: string;
  readonly problem?: string;
}

/** Opens the root key with what needs nobody. Throws OperatorError when that fails and people could not either. */
async function tryRoot(
  closed: ClosedDeployment,
  reader: Reader,
  config: Config,
): Promise<Condition> {
  const people = peopleKinds(closed).join(", ");
  const sources = unattendedSources(closed, config);
  if (sources.length === 0 && people !== "") return { state: `people open it (${people})` };
  try {
    const { root, openedBy } = await openWith(reader, sources);
    root.wipe();
    return { state: `version ${root.version}, opens with ${openedBy}` };
  } catch (error) {
    if (!(error instanceof OperatorError) || people === "") throw error;
    return { state: `only people open it (${people})`, problem: error.message };
  }
}

async function askServer(addressFile: string): Promise<Condition> {
  if (!existsSync(addressFile)) return { state: "stopped" };
  const url = readFileSync(addressFile, "utf8");
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    const text = (await answer.text()).trim();
    return answer.ok
      ? { state: `${text}, listens on ${url}` }
      : { state: text, problem: `the server on ${url} is not ready: ${text}` };
  } catch {
    // A crash leaves the address behind: nobody answers there, which is what the operator wants to know.
    return {
      state: "does not answer",
      problem: `no server answers on ${url}: it may have been killed, or its certificate is not trusted here`,
    };
  }
}

function auditFolders({ journal, logs }: DataFolder, { audit }: Config): AuditFolders {
  return { journal, logs: { folder: logs, archive: audit.archive } };
}

/** What the audit logs of a deployment are verified with. */
export function auditKey({ id, auditPublicKey }: Deployment): LogKey {
  return { deployment: id, publicKey: auditPublicKey };
}

/** Reads the journal, again if need be: a running server may have been in the middle of a write, but what is wrong stays so. */
export async function readJournal(read: () => Verification): Promise<Verification> {
  let verification = read();
  for (let again = 0; again < 3 && verification.fault !== undefined; again++) {
    await setTimeout(200);
    verification = read();
  }
  return verification;
}

/** The audit records that a filter lets through, oldest first. */
export async function* listAudit(
  config: Config,
  filter: AuditFilter,
  { ask }: Pick<Io, "ask">,
): AsyncIterable<JsonObject> {
  const list = async (deployment: Deployment, _reader: Reader, folder: DataFolder) => {
    let records: JsonObject[] = [];
    const keep = (bytes: Uint8Array): void => {
      const record = readJsonBytes(bytes, { depth: 64, values: 100_000 });
      if (isJsonObject(record) && matches(record, filter)) records.push(record);
      if (filter.limit !== undefined && records.length > filter.limit) records.shift();
    };
    const { fault } = await readJournal(() => {
      records = [];
      return readAudit(auditFolders(folder, config), auditKey(deployment), keep);
    });
    if (fault !== undefined)
      throw new OperatorError(
        "the audit journal is damaged: run `keywright verify-audit` to see where",
      );
    return records;
  };
  yield* await withDeployment(config, list, ask);
}

function matches(
  record: JsonObject,
  { eventName, key, user, accessKey, since }: AuditFilter,
): boolean {
  const identity = isJsonObject(record["userIdentity"]) ? record["userIdentity"] : {};
  const resources = listOf(record["resources"]);
  if (eventName !== undefined && record["eventName"] !== eventName) return false;
  if (user !== undefined && identity["userName"] !== user && identity["arn"] !== user) return false;
  if (accessKey !== undefined && identity["accessKeyId"] !== accessKey) return false;
  if (
    key !== undefined &&
    !resources.some((each) => isJsonObject(each) && namesKey(String(each["ARN"]), key))
  )
    return false;
  return since === undefined || new Date(String(record["eventTime"])) >= since;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return isJsonList(value) ? value : [];
}

function namesKey(arn: string, key: string): boolean {
  return arn === key || arn.endsWith(`:key/${key}`) || arn.endsWith(`:${key}`);
}
