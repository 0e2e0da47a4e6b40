import { existsSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { Frame } from "../audit/chain.ts";
import type { Verification } from "../audit/verify.ts";
import { verifyJournal } from "../audit/verify.ts";
import { OperatorError } from "../base/errors.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import { isJsonList, isJsonObject, readJsonBytes } from "../base/json.ts";
import type { AuditFilter, Findings } from "../cli/commands.ts";
import type { Config } from "../config.ts";
import { countRows } from "../database/database.ts";
import { listSegments, readHead } from "../database/journal-files.ts";
import { countKeys } from "../services/kms/tables/listings.ts";
import { withDeployment } from "./deployment.ts";

/** What a deployment holds, and whether its server answers. */
export async function reportStatus(config: Config): Promise<Findings> {
  return withDeployment(config, async (deployment, reader, folder) => {
    const server = await askServer(folder.address);
    return {
      facts: [
        ["data folder", folder.folder],
        ["deployment", deployment.id],
        ["accounts", String(await countRows(reader, "accounts"))],
        ["KMS keys", String(await countKeys(reader))],
        ["grants", String(await countRows(reader, "grants"))],
        ["audit segments", String(listSegments(folder.journal).length)],
        ["server", server.state],
      ],
      problems: server.problem === undefined ? [] : [server.problem],
    };
  });
}

async function askServer(
  addressFile: string,
): Promise<{ readonly state: string; readonly problem?: string }> {
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

/** Checks the whole audit journal. */
export async function reportAudit(config: Config): Promise<Findings> {
  return withDeployment(config, async (deployment, _reader, folder) => {
    const verification = await readJournal(() => {
      const head = readHead(folder.journal);
      const { id, auditPublicKey: publicKey } = deployment;
      const trust = { deployment: id, publicKey, ...(head === undefined ? {} : { head }) };
      return verifyJournal(listSegments(folder.journal), trust);
    });
    return { facts: auditFacts(verification), problems: auditProblems(verification) };
  });
}

/** Reads the journal, again if need be: a running server may have been in the middle of a write, but what is wrong stays so. */
async function readJournal(read: () => Verification): Promise<Verification> {
  let verification = read();
  for (let again = 0; again < 3 && verification.fault !== undefined; again++) {
    await setTimeout(200);
    verification = read();
  }
  return verification;
}

function auditFacts({
  records,
  checkpoints,
  signedTo,
  last,
  fault,
}: Verification): Findings["facts"] {
  return [
    ["records intact", String(records)],
    ["signed checkpoints", String(checkpoints)],
    ["signed up to", `sequence ${signedTo}`],
    ["last sequence", String(last.sequence)],
    ...(fault === undefined ? [["journal", "intact"] as const] : []),
  ];
}

function auditProblems({ fault }: Verification): readonly string[] {
  if (fault === undefined) return [];
  const { segment, offset, sequence, reason } = fault;
  return [`at sequence ${sequence}, byte ${offset} of ${segment}: ${reason}`];
}

/** The audit records that a filter lets through, oldest first. */
export async function* listAudit(config: Config, filter: AuditFilter): AsyncIterable<JsonObject> {
  const found = await withDeployment(config, async (deployment, _reader, folder) => {
    let records: JsonObject[] = [];
    const trust = { deployment: deployment.id, publicKey: deployment.auditPublicKey };
    const keep = ({ payload }: Frame): void => {
      const record = readJsonBytes(payload, { depth: 64, values: 100_000 });
      if (isJsonObject(record) && matches(record, filter)) records.push(record);
      if (filter.limit !== undefined && records.length > filter.limit) records.shift();
    };
    const { fault } = await readJournal(() => {
      records = [];
      return verifyJournal(listSegments(folder.journal), trust, keep);
    });
    if (fault !== undefined)
      throw new OperatorError(
        "the audit journal is damaged: run `keywright verify-audit` to see where",
      );
    return records;
  });
  yield* found;
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
