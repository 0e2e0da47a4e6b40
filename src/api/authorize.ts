import { foldKey } from "../authorization/characters.ts";
import type { CompiledPolicy } from "../authorization/compile.ts";
import type { Decision, Policies } from "../authorization/decide.ts";
import { DecisionCache } from "../authorization/decision-cache.ts";
import { denialMessage } from "../authorization/explain.ts";
import type { GrantTerms } from "../authorization/grants.ts";
import type { AuthorizationRequest, Conditions } from "../authorization/request.ts";
import { AwsError } from "../base/errors.ts";
import type { CallContext } from "./context.ts";
import type { ConditionValues } from "./operation.ts";

/** The policies that protect a thing itself: its resource policy and grants. None for identity-only permissions. */
export interface AppliedPolicies {
  readonly resource?: { readonly policy: CompiledPolicy; readonly trust: "key-policy" | "either" };
  readonly grants?: readonly GrantTerms[];
}

/** One question to the decision engine: may this caller do this action to this resource? */
export interface Question {
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount?: string;
  readonly grantOperation?: string | undefined;
  readonly encryptionContext?: AuthorizationRequest["encryptionContext"] | undefined;
  readonly newGrant?: AuthorizationRequest["newGrant"] | undefined;
  /** Values of condition keys; gathered only when a policy asks for one. */
  readonly conditions: () => ConditionValues;
  /** Values that stand in the place of what the call itself would say: for explanations only. */
  readonly assumed?: ConditionValues;
  readonly policies: AppliedPolicies;
}

/** Decides one question for the caller of a context. */
export function decideFor(
  context: CallContext,
  question: Question,
): { readonly request: AuthorizationRequest; readonly decision: Decision } {
  const request = requestOf(context, question);
  const standpoints = { caller: context.caller, protection: question.policies };
  const decision = decisions.decide(request, policiesFor(context, question), standpoints);
  return { request, decision };
}

const decisions = new DecisionCache();

/** All policies that speak about a question. */
export function policiesFor({ caller }: CallContext, { policies }: Question): Policies {
  return { identity: caller.identityPolicies, ...caller.limits, ...policies };
}

/** A question as the decision engine is asked it. */
export function requestOf(context: CallContext, question: Question): AuthorizationRequest {
  return {
    principal: context.caller.principal,
    action: question.action,
    resource: question.resource,
    ...(question.resourceAccount === undefined
      ? {}
      : { resourceAccount: question.resourceAccount }),
    ...(question.grantOperation === undefined ? {} : { grantOperation: question.grantOperation }),
    ...(question.encryptionContext === undefined
      ? {}
      : { encryptionContext: question.encryptionContext }),
    ...(question.newGrant === undefined ? {} : { newGrant: question.newGrant }),
    conditions: whenAsked(() =>
      conditionsOf(
        { ...globalConditions(context, question), ...question.conditions() },
        question.assumed,
      ),
    ),
  };
}

/** A refusal by policies. */
export class Refusal extends AwsError {
  /** What was asked. */
  readonly question: Question;
  /** Whether the text tells less than the decision, because what was asked about may not even exist. */
  readonly isOpaque: boolean;

  constructor(message: string, question: Question, isOpaque: boolean) {
    super("AccessDeniedException", message);
    this.question = question;
    this.isOpaque = isOpaque;
  }
}

/** Throws AccessDeniedException, in AWS's words, unless the caller may. */
export function authorize(
  context: CallContext,
  question: Question,
  denial?: () => string | undefined,
): void {
  const standpoints = { caller: context.caller, protection: question.policies };
  if (decisions.find(question, standpoints)?.allowed === true) return;
  const { request, decision } = decideFor(context, question);
  if (decision.allowed) return;
  const text = denial?.();
  const message = text ?? denialMessage(request, decision.because);
  throw new Refusal(message, question, text !== undefined);
}

/** The aws: condition keys that every request has (facts: global condition keys). */
export function globalConditions(context: CallContext, question: Question): ConditionValues {
  const { caller, connection, time, calledVia } = context;
  const { principal, organization } = caller;
  // A service principal belongs to no account: it acts for the account of its source (aws:SourceAccount).
  const isService = principal.type === "Service";
  const resourceAccount =
    question.resourceAccount ?? (question.resource === "*" ? undefined : principal.account);
  // Of other organizations than the caller's nothing is known.
  const sharesOrganization = organization?.accounts.has(resourceAccount ?? "") === true;
  return {
    "aws:CurrentTime": `${time.toISOString().slice(0, 19)}Z`,
    "aws:EpochTime": Math.floor(time.getTime() / 1000),
    ...(isService ? {} : principalConditions(caller)),
    "aws:PrincipalIsAWSService": isService,
    "aws:RequestedRegion": context.region,
    "aws:PrincipalOrgID": organization?.id,
    "aws:PrincipalOrgPaths": organization && [organization.path],
    "aws:ResourceAccount": resourceAccount,
    "aws:ResourceOrgID": sharesOrganization ? organization.id : undefined,
    "aws:SecureTransport": connection.secure,
    "aws:SourceIp": isService || calledVia.length > 0 ? undefined : connection.sourceIp,
    "aws:UserAgent": connection.userAgent === "" ? undefined : connection.userAgent,
    "aws:ViaAWSService": calledVia.length > 0,
    "aws:CalledVia": calledVia,
    "aws:CalledViaFirst": calledVia.at(0),
    "aws:CalledViaLast": calledVia.at(-1),
    ...caller.conditions,
    ...Object.fromEntries(
      Object.entries(caller.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]),
    ),
  };
}

function principalConditions({ principal, userName }: CallContext["caller"]): ConditionValues {
  return {
    "aws:PrincipalAccount": principal.account,
    "aws:PrincipalArn": principal.roleArn ?? principal.arn,
    "aws:PrincipalType": principal.type === "Root" ? "Account" : principal.type,
    "aws:userid": principal.userId,
    "aws:username": userName,
  };
}

/** Conditions that are gathered when the first of them is asked for: most policies ask for none. */
function whenAsked(gather: () => Conditions): Conditions {
  let gathered: Conditions | undefined;
  return {
    get(key) {
      gathered ??= gather();
      return gathered.get(key);
    },
  };
}

function conditionsOf(values: ConditionValues, assumed: ConditionValues = {}): Conditions {
  const conditions = new Map<string, readonly string[]>();
  const replaced = new Set(Object.keys(assumed).map(foldKey));
  const called = Object.entries(values).filter(([name]) => !replaced.has(foldKey(name)));
  for (const [name, value] of [...called, ...Object.entries(assumed)]) {
    if (value === undefined) continue;
    const list = typeof value === "object" ? value : [String(value)];
    if (list.length === 0) continue;
    // Names of tags and of encryption context pairs differ by case, condition keys do not: such values stand side by side,
    // and a policy that expects one value is read in its strictest sense.
    const key = foldKey(name);
    conditions.set(key, [...(conditions.get(key) ?? []), ...list]);
  }
  return conditions;
}
