import { existsSync, readFileSync } from "node:fs";
import { decideFor } from "../api/authorize.ts";
import { CallContext } from "../api/context.ts";
import type { Verification } from "../audit/verify.ts";
import { verifyJournal } from "../audit/verify.ts";
import { denialMessage, describe } from "../authorization/explain.ts";
import { parseArn } from "../base/arn.ts";
import { OperatorError } from "../base/errors.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import { isJsonObject, readJsonBytes } from "../base/json.ts";
import type { AuditFilter, Explanation, Findings, Question } from "../cli/commands.ts";
import type { Config } from "../config.ts";
import { countRows } from "../database/database.ts";
import { listSegments, readHead } from "../database/journal-files.ts";
import { contextConditions, keyFacts } from "../services/kms/conditions.ts";
import { demandOf } from "../services/kms/index.ts";
import type { KmsKey } from "../services/kms/model/key.ts";
import { policiesOf } from "../services/kms/protection.ts";
import { countKeys } from "../services/kms/tables/listings.ts";
import { withDeployment } from "./deployment.ts";
import { openServices } from "./services.ts";

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
    const head = readHead(folder.journal);
    const verification = verifyJournal(listSegments(folder.journal), {
      deployment: deployment.id,
      publicKey: deployment.auditPublicKey,
      ...(head === undefined ? {} : { head }),
    });
    return { facts: auditFacts(verification), problems: auditProblems(verification) };
  });
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
    const records: JsonObject[] = [];
    const { fault } = verifyJournal(
      listSegments(folder.journal),
      { deployment: deployment.id, publicKey: deployment.auditPublicKey },
      ({ payload }) => {
        const record = readJsonBytes(payload, { depth: 64, values: 100_000 });
        if (isJsonObject(record) && matches(record, filter)) records.push(record);
        if (filter.limit !== undefined && records.length > filter.limit) records.shift();
      },
    );
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
  return Array.isArray(value) ? value : [];
}

function namesKey(arn: string, key: string): boolean {
  return arn === key || arn.endsWith(`:key/${key}`) || arn.endsWith(`:${key}`);
}

/** Decides a question as the service would, and says why. */
export async function explainDecision(config: Config, question: Question): Promise<Explanation> {
  return withDeployment(config, async (deployment, reader) => {
    const services = openServices(deployment, reader);
    const name = principalName(question.principal);
    const user = await services.identities.findUser(name.account, name.user);
    if (user === undefined)
      throw new OperatorError(`there is no principal ${question.principal} in this deployment`);
    const caller = await services.credentials.callerOf(user, "");
    const connection = { sourceIp: "127.0.0.1", userAgent: "", host: "", secure: false };
    const context = CallContext.direct(caller, {
      region: question.region,
      requestId: "",
      time: new Date(),
      connection,
    });
    const key = await findKey(question, name.account, services);
    return key === undefined
      ? explain(context, { ...question, policies: {} })
      : explainKey(context, question, key);
  });
}

function explain(context: CallContext, question: Parameters<typeof decideFor>[1]): Explanation {
  const { request, decision } = decideFor(context, question);
  const denial = decision.allowed ? [] : [denialMessage(request, decision.because)];
  return {
    decision: decision.allowed ? "allow" : "deny",
    because: [describe(decision), ...denial],
  };
}

/** As the pipeline asks for a key, with the demand of the operation that needs the action. */
function explainKey(context: CallContext, question: Question, key: KmsKey): Explanation {
  const { action, encryptionContext, conditions } = question;
  const demand = demandOf(action);
  if (demand?.crossAccount === false && key.account !== context.account)
    return {
      decision: "deny",
      because: [
        `denied: ${action} works within the account of the key only, whatever policies say`,
      ],
    };
  return explain(context, {
    action,
    resource: key.arn,
    resourceAccount: key.account,
    grantOperation: demand?.grantOperation,
    encryptionContext,
    policies: policiesOf(key),
    conditions: {
      ...keyFacts(key, context),
      ...contextConditions(encryptionContext),
      ...conditions,
    },
  });
}

function principalName(text: string): { readonly account: string; readonly user: string } {
  const arn = parseArn(text);
  const user = arn?.resource === "root" ? "" : arn?.resource.replace(/^user\//, "");
  if (arn === undefined || user === undefined)
    throw new OperatorError(`${text} is not the ARN of a user or of an account's root`);
  return { account: arn.account, user };
}

async function findKey(
  question: Question,
  account: string,
  { kms }: ReturnType<typeof openServices>,
) {
  const arn = parseArn(question.resource);
  const resource = arn?.resource ?? question.resource;
  const owner = arn?.account ?? account;
  const region = arn?.region ?? question.region;
  if (resource === "*" || (arn !== undefined && arn.service !== "kms")) return undefined;
  const key = resource.startsWith("alias/")
    ? await kms.keys.findByAlias(owner, region, resource)
    : await kms.keys.find(owner, region, resource.replace(/^key\//, ""));
  if (key === undefined)
    throw new OperatorError(`there is no key ${question.resource} in ${region}`);
  return key;
}
