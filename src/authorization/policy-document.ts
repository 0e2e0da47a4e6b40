/** Policy documents: the strict reader. What it returns has been validated once and is trusted afterwards. */
import type { JsonObject, JsonValue } from "../base/json.ts";
import { isJsonList, JsonSyntaxError, readJson } from "../base/json.ts";
import { consistsOf, digits, isPolicyText, letters } from "./characters.ts";
import type { ConditionBlock } from "./condition-block.ts";
import { readCondition, refuseOverlyPermissive } from "./condition-block.ts";
import type { ConditionContext } from "./conditions.ts";
import { compileArn } from "./match.ts";
import type { Strings } from "./policy-members.ts";
import {
  listOf,
  malformed,
  optional,
  quote,
  readMembers,
  readStrings,
  readText,
} from "./policy-members.ts";
import type { PrincipalElement } from "./principal-element.ts";
import { readPrincipal } from "./principal-element.ts";

/** What a document is for: `resource` is another service's resource policy, `trust` a role's trust policy. */
export type PolicyKind = "key" | "identity" | "session" | "resource" | "trust";

/** One statement, in AWS's names and order of members. */
export type Statement = {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: PrincipalElement;
  readonly NotPrincipal?: PrincipalElement;
  readonly Action?: Strings;
  readonly NotAction?: Strings;
  readonly Resource?: Strings;
  readonly NotResource?: Strings;
  readonly Condition?: ConditionBlock;
};

/** A policy in normal form; without Version it is of 2008-10-17, which has no policy variables. */
export type PolicyDocument = {
  readonly Version?: "2012-10-17" | "2008-10-17";
  readonly Id?: string;
  readonly Statement: readonly Statement[];
};

interface Rules {
  readonly principal: "required" | "forbidden";
  readonly notPrincipal: boolean;
  readonly action: "required" | "optional";
  readonly resource: "required" | "optional" | "forbidden";
  /** Whether Sids are letters and digits, and no two are the same. */
  readonly plainSids: boolean;
  /** Whether ForAllValues on a single-valued kms: key is refused in an Allow. */
  readonly strictConditions: boolean;
}

const identityRules: Rules = {
  principal: "forbidden",
  notPrincipal: false,
  action: "required",
  resource: "required",
  plainSids: true,
  strictConditions: false,
};
const resourceRules: Rules = {
  ...identityRules,
  principal: "required",
  notPrincipal: true,
  plainSids: false,
};

const rulesOf: Readonly<Record<PolicyKind, Rules>> = {
  identity: identityRules,
  session: identityRules,
  // A key policy's statement without Action or Resource is accepted and has no effect, as in AWS.
  key: { ...resourceRules, action: "optional", resource: "optional", strictConditions: true },
  resource: resourceRules,
  trust: { ...resourceRules, notPrincipal: false, resource: "forbidden" },
};

const documentMembers = ["Version", "Id", "Statement"];
const statementMembers = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
];
const limits = { depth: 32, values: 40_000 };

/** Whether policy variables mean something in a document. */
export function hasVariables(document: Pick<PolicyDocument, "Version">): boolean {
  return document.Version === "2012-10-17";
}

/** Reads and normalises a policy. Throws MalformedPolicyDocumentException; the size is the caller's to check. */
export function parsePolicy(text: string, kind: PolicyKind): PolicyDocument {
  const root = readMembers(readStrictJson(text), "the policy", "document", documentMembers);
  const head = {
    ...optional("Version", readVersion(root["Version"])),
    ...optional("Id", readText(root["Id"], "the policy", "Id")),
  };
  const raw = root["Statement"];
  if (raw === undefined || raw === null) throw malformed("the policy", "no Statement");
  const list = isJsonList(raw) ? raw : [raw];
  const rules = rulesOf[kind];
  const statements = list.map((each, index) =>
    readStatement(each, `statement ${index + 1}`, rules, hasVariables(head)),
  );
  if (rules.plainSids) refuseRepeatedSids(statements);
  return { ...head, Statement: statements };
}

/** Every AWS principal that a document names, each once, so that their existence can be checked; not `*`. */
export function principalsOf(document: PolicyDocument): readonly string[] {
  const named = document.Statement.flatMap((statement) => [
    ...listOf(statement.Principal?.AWS),
    ...listOf(statement.NotPrincipal?.AWS),
  ]);
  return [...new Set(named)].filter((principal) => principal !== "*");
}

/** The document with other names for its AWS principals. */
export function renamePrincipals(
  document: PolicyDocument,
  rename: (principal: string) => string,
): PolicyDocument {
  const element = (given: PrincipalElement | undefined): PrincipalElement | undefined => {
    if (given?.AWS === undefined) return given;
    return {
      ...given,
      AWS: typeof given.AWS === "string" ? rename(given.AWS) : given.AWS.map(rename),
    };
  };
  const statements = document.Statement.map((statement) => ({
    ...statement,
    ...optional("Principal", element(statement.Principal)),
    ...optional("NotPrincipal", element(statement.NotPrincipal)),
  }));
  return { ...document, Statement: statements };
}

function readStrictJson(text: string): JsonValue {
  if (text === "" || !isPolicyText(text))
    throw malformed("the policy", "empty, or a character beyond U+00FF");
  try {
    return readJson(text, limits);
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause;
    throw malformed("the policy", `not strict JSON: ${cause.message}`, { cause });
  }
}

function readVersion(raw: JsonValue | undefined): PolicyDocument["Version"] {
  if (raw === undefined || raw === "2012-10-17" || raw === "2008-10-17") return raw;
  throw malformed("the policy", "Version must be `2012-10-17` or `2008-10-17`");
}

function readStatement(raw: JsonValue, where: string, rules: Rules, variables: boolean): Statement {
  const object = readMembers(raw, where, "statement", statementMembers);
  const effect = readEffect(object["Effect"], where);
  refuseWrongMembers(object, where, rules);
  const member = <Name extends keyof Statement, T>(name: Name, read: (raw: JsonValue) => T) =>
    optional(name, object[name] === undefined ? undefined : read(object[name]));
  const context = { where, effect, variables };
  return {
    ...optional("Sid", readSid(object["Sid"], where, rules)),
    Effect: effect,
    ...member("Principal", (given) => readPrincipal(given, where)),
    ...member("NotPrincipal", (given) => readPrincipal(given, where)),
    ...member("Action", (given) => readActions(given, where)),
    ...member("NotAction", (given) => readActions(given, where)),
    ...member("Resource", (given) => readResources(given, context)),
    ...member("NotResource", (given) => readResources(given, context)),
    ...member("Condition", (given) => readStatementCondition(given, context, rules)),
  };
}

function readEffect(raw: JsonValue | undefined, where: string): Statement["Effect"] {
  if (raw === "Allow" || raw === "Deny") return raw;
  throw malformed(where, "Effect must be `Allow` or `Deny`");
}

function refuseWrongMembers(object: JsonObject, where: string, rules: Rules): void {
  const wanted = { Principal: rules.principal, Action: rules.action, Resource: rules.resource };
  for (const [name, rule] of Object.entries(wanted)) {
    const plain = object[name] !== undefined;
    const negated = object[`Not${name}`] !== undefined;
    if (plain && negated) throw malformed(where, `both ${name} and Not${name}`);
    if (rule === "required" && !plain && !negated)
      throw malformed(where, `neither ${name} nor Not${name}`);
    if (rule === "forbidden") refuseMembers(object, [name, `Not${name}`], where);
  }
  if (!rules.notPrincipal) refuseMembers(object, ["NotPrincipal"], where);
}

function refuseMembers(object: JsonObject, names: readonly string[], where: string): void {
  const name = names.find((each) => object[each] !== undefined);
  if (name !== undefined) throw malformed(where, `${name} does not belong in this kind of policy`);
}

function refuseRepeatedSids(statements: readonly Statement[]): void {
  const seen = new Set<string>();
  for (const [index, { Sid }] of statements.entries()) {
    if (Sid === undefined || Sid === "") continue;
    if (seen.has(Sid)) throw malformed(`statement ${index + 1}`, `repeated Sid ${quote(Sid)}`);
    seen.add(Sid);
  }
}

function readSid(raw: JsonValue | undefined, where: string, rules: Rules): string | undefined {
  const sid = readText(raw, where, "Sid");
  if (sid && rules.plainSids && !consistsOf(sid, letters + digits))
    throw malformed(where, `Sid ${quote(sid)} must be letters and digits`);
  return sid;
}

function readActions(raw: JsonValue, where: string): Strings {
  return readStrings(raw, where, "Action", (text) => {
    if (!isActionPattern(text)) throw malformed(where, `${quote(text)} is not an action`);
    return text;
  });
}

function isActionPattern(text: string): boolean {
  if (text === "*") return true;
  const [service = "", name = "", ...rest] = text.split(":");
  const isService = service === "*" || consistsOf(service, `${letters}${digits}-.`);
  return isService && rest.length === 0 && consistsOf(name, `${letters}${digits}-*?`);
}

function readResources(raw: JsonValue, { where, variables }: ConditionContext): Strings {
  return readStrings(raw, where, "Resource", (text) => {
    const isArn = text === "*" || text.startsWith("arn:");
    if (!isArn || compileArn(text, variables) === undefined)
      throw malformed(where, `${quote(text)} is not an ARN or \`*\``);
    return text;
  });
}

function readStatementCondition(
  raw: JsonValue,
  context: ConditionContext,
  rules: Rules,
): ConditionBlock {
  const block = readCondition(raw, context);
  if (rules.strictConditions && context.effect === "Allow")
    refuseOverlyPermissive(block, context.where);
  return block;
}
