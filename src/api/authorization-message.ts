import type { ExplainedDenial } from "../authorization/explanation.ts";
import { explain } from "../authorization/explanation.ts";
import { AwsError, IntegrityError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { Domain } from "../keystore/domain.ts";
import { globalConditions, policiesFor, Refusal, requestOf } from "./authorize.ts";
import type { CallContext } from "./context.ts";
import type { ConditionValues, Thing } from "./operation.ts";

/** What a refused call was about, as far as its own words tell. */
export interface Refused {
  readonly context: CallContext;
  readonly action: string;
  /** What the request names; `*` where it names nothing. */
  readonly resource: string;
  /** The account of the thing that it names, once that is found. */
  readonly account?: string | undefined;
}

interface Told extends Refused {
  readonly because?: ExplainedDenial | undefined;
  readonly conditions: ConditionValues;
}

/** Bytes of every message before it is sealed, so that the length tells nothing to those who may not decode it. */
const messageLength = 2_048;
const version = 0x01;
const identity = ["authorization-message"];

/** The refusal of a caller from another account where the operation does not cross accounts. */
export function crossAccountDenial(context: CallContext, thing: Thing, action: string): string {
  return `User: ${context.caller.principal.arn} is not authorized to perform: ${action} on resource: ${thing.arn} because no resource-based policy allows the ${action} action`;
}

/** An error as it leaves: a refusal of who signed carries its reasons, sealed. */
export async function withReasons(
  error: unknown,
  refused: Refused,
  seal: ((account: string, message: string) => Promise<string>) | undefined,
): Promise<unknown> {
  const isRefusal = error instanceof AwsError && error.code === "AccessDeniedException";
  const { account, caller } = refused.context;
  if (!isRefusal || seal === undefined || caller.accessKeyId === "") return error;
  const { code, message, reason } = error;
  const authorizationMessage = await seal(account, describeRefusal(error, refused));
  return new AwsError(code, message, { cause: error, reason, authorizationMessage });
}

/**
 * Why a call was refused, in AWS's form (docs/authorization-messages.md), for those of its caller's account who may decode it.
 * What does not fit is left out: conditions first, then what explains most.
 */
function describeRefusal(error: AwsError, refused: Refused): string {
  const told = tell(error, refused);
  const forms = [told.resource, ""].flatMap((resource) =>
    shorter(told.because).map((because) => ({ ...told, resource, because })),
  );
  const form = forms.find((each) => lengthOf(each, []) <= messageLength);
  if (form === undefined) throw new TypeError("a refusal without its details is too long to tell");
  let items: readonly JsonObject[] = [];
  for (const item of conditionItems(told.conditions))
    if (lengthOf(form, [...items, item]) <= messageLength) items = [...items, item];
  return JSON.stringify(compose(form, items)) + " ".repeat(messageLength - lengthOf(form, items));
}

/** Seals a message under the keys of its account: base64url(01 ‖ wrapped). */
export function sealAuthorizationMessage(domain: Domain, message: string): string {
  const wrapped = domain.wrap(identity, Buffer.from(message, "utf8"));
  return Buffer.concat([Buffer.of(version), wrapped]).toString("base64url");
}

/** Opens a message of an account. Throws InvalidAuthorizationMessageException for anything that was not sealed for it. */
export function openAuthorizationMessage(domain: Domain, encoded: string): string {
  const bytes = Buffer.from(encoded, "base64url");
  // One message has one spelling.
  if (bytes[0] !== version || bytes.toString("base64url") !== encoded) throw invalid();
  try {
    return domain.unwrap(identity, bytes.subarray(1)).toString("utf8").trimEnd();
  } catch (cause) {
    if (cause instanceof IntegrityError) throw invalid(cause);
    throw cause;
  }
}

function invalid(cause?: IntegrityError): AwsError {
  const message = "Message is not valid";
  return new AwsError("InvalidAuthorizationMessageException", message, { cause });
}

/**
 * INVARIANT: of things of other accounts nothing enters but what the text of the refusal tells: no policy, no tag, and where the
 * text hides whether there is such a thing, only what the request said of it.
 */
function tell(error: AwsError, refused: Refused): Told {
  const { context, account } = refused;
  const caller = { action: refused.action, resource: "*", policies: {}, conditions: () => ({}) };
  const plain = { ...refused, conditions: globalConditions(context, caller) };
  if (!(error instanceof Refusal)) return plain;
  const { question, isOpaque } = error;
  const isForeign = account !== undefined && account !== context.account;
  if (isForeign && (isOpaque || question.resourceAccount !== account)) return plain;
  const { action, resource } = question;
  const request = requestOf(context, question);
  const explained = explain(request, policiesFor(context, question), context.account);
  const own = isForeign ? {} : question.conditions();
  const conditions = { ...own, ...globalConditions(context, question) };
  return {
    ...{ context, action, resource, conditions },
    because: explained.allowed ? undefined : explained.because,
  };
}

/** An explanation, and what it comes down to. */
function shorter(because: ExplainedDenial | undefined): readonly (ExplainedDenial | undefined)[] {
  if (because?.kind !== "no-allow") return [because, undefined];
  return [because, { kind: because.kind, layer: because.layer }, undefined];
}

function lengthOf(told: Told, items: readonly JsonObject[]): number {
  return Buffer.byteLength(JSON.stringify(compose(told, items)), "utf8");
}

function compose({ context, action, resource, because }: Told, items: readonly JsonObject[]) {
  const { principal, userName } = context.caller;
  const { arn, userId: id } = principal;
  const deny = because?.kind === "explicit-deny" ? because.by : undefined;
  const matched = deny?.kind === "statement" ? [{ sid: deny.sid ?? "", id, action, resource }] : [];
  return {
    allowed: false,
    explicitDeny: deny !== undefined,
    matchedStatements: { items: matched.map(matchedStatement) },
    failures: { items: [] },
    context: {
      principal: { id, ...(userName === undefined ? {} : { name: userName }), arn },
      action,
      resource,
      conditions: { items },
    },
    ...(because === undefined ? {} : { because }),
  };
}

/** What of the denying statement met the request. */
function matchedStatement(met: Readonly<Record<"sid" | "id" | "action" | "resource", string>>) {
  const one = (value: string) => ({ items: [{ value }] });
  return {
    statementId: met.sid,
    effect: "DENY",
    principals: one(met.id),
    principalGroups: { items: [] },
    actions: one(met.action),
    resources: one(met.resource),
    conditions: { items: [] },
  };
}

function conditionItems(conditions: ConditionValues): readonly JsonObject[] {
  return Object.entries(conditions).flatMap(([key, given]) => {
    if (given === undefined) return [];
    const values = typeof given === "object" ? given : [String(given)];
    const items = values.map((value) => ({ value }));
    return items.length === 0 ? [] : [{ key, values: { items } }];
  });
}
