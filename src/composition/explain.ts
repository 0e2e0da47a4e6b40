import type { Question as AuthorizationQuestion } from "../api/authorize.ts";
import { policiesFor, requestOf } from "../api/authorize.ts";
import { CallContext } from "../api/context.ts";
import { denialMessage, describe, describeNearest } from "../authorization/explain.ts";
import { explain as explainFor } from "../authorization/explanation.ts";
import { parseArn } from "../base/arn.ts";
import { OperatorError } from "../base/errors.ts";
import type { Explanation, Io, Question } from "../cli/commands.ts";
import { suggestion } from "../cli/suggestion.ts";
import type { Config } from "../config.ts";
import type { Reader } from "../database/database.ts";
import type { Deployment } from "../database/deployment.ts";
import { contextConditions, keyFacts } from "../services/kms/conditions.ts";
import { actions, demandOf } from "../services/kms/index.ts";
import { withUsage } from "../services/kms/last-usage.ts";
import type { KmsKey } from "../services/kms/model/key.ts";
import { policiesOf } from "../services/kms/protection.ts";
import { withDeployment } from "./deployment.ts";
import { findCaller } from "./explain-caller.ts";
import type { Services } from "./services.ts";
import { openServices } from "./services.ts";

/** Decides a question as the service would, and says why. */
export async function explainDecision(
  config: Config,
  question: Question,
  { ask }: Pick<Io, "ask">,
): Promise<Explanation> {
  const decide = async (deployment: Deployment, reader: Reader): Promise<Explanation> => {
    const services = openServices(deployment, reader, config);
    const caller = await findCaller(question.principal, question.sessionPolicy, services);
    const connection = { sourceIp: "127.0.0.1", userAgent: "", host: "", secure: false };
    const context = CallContext.direct(caller, {
      region: question.region,
      requestId: "",
      time: new Date(),
      connection,
    });
    const key = await findKey(question, caller.principal.account, services);
    return key === undefined
      ? explain(context, {
          ...question,
          policies: {},
          conditions: () => ({}),
          assumed: question.conditions,
        })
      : explainKey(context, question, key);
  };
  const explanation = await withDeployment(config, decide, ask);
  return { ...explanation, because: [...explanation.because, ...doubtOf(question.action)] };
}

/** Policies may allow what no operation asks for, as they may in AWS: a misspelt action looks like an answer. */
function doubtOf(action: string): readonly string[] {
  const [service] = action.split(":");
  if (service?.toLowerCase() !== "kms") return [];
  if (actions.some((each) => each.toLowerCase() === action.toLowerCase())) return [];
  return [`note: no operation asks for ${action}${suggestion(action, actions)}`];
}

/** What the principal's account may know of the decision. */
function explain(context: CallContext, question: AuthorizationQuestion): Explanation {
  const request = requestOf(context, question);
  const policies = policiesFor(context, question);
  const { allowed, because } = explainFor(request, policies, context.account);
  if (allowed) return { decision: "allow", because: [describe({ allowed, because })] };
  const nearest = because.kind === "no-allow" ? because.nearest : undefined;
  return {
    decision: "deny",
    because: [
      describe({ allowed, because }),
      ...(nearest === undefined ? [] : [describeNearest(nearest)]),
      denialMessage(request, because),
    ],
  };
}

/** As the pipeline asks for a key, with the demand of the operation that needs the action. Throws OperatorError. */
function explainKey(context: CallContext, question: Question, key: KmsKey): Explanation {
  const { encryptionContext, conditions: assumed } = question;
  const demand = demandOf(question.action);
  const action = demand?.action ?? question.action;
  if (action === "kms:RetireGrant" || action === "kms:CreateGrant")
    throw new OperatorError(
      `whether ${action} is allowed depends on the grant: call it with --dry-run as the principal`,
    );
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
    conditions: () => ({
      ...keyFacts(key, context),
      ...contextConditions(encryptionContext),
    }),
    assumed,
  });
}

async function findKey(
  question: Question,
  account: string,
  { kms }: Services,
): Promise<KmsKey | undefined> {
  const { resource, region } = question;
  const arn = parseArn(resource) ?? { service: "kms", account, region, resource };
  if (resource === "*" || arn.service !== "kms") return undefined;
  const key = arn.resource.startsWith("alias/")
    ? await kms.keys.findByAlias(arn.account, arn.region, arn.resource)
    : await kms.keys.find(arn.account, arn.region, arn.resource.replace(/^key\//, ""));
  if (key === undefined) throw new OperatorError(`there is no key ${resource} in ${region}`);
  return demandOf(question.action)?.asksForUsage ? withUsage(key, kms) : key;
}
