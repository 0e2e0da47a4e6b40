/**
 * The decision as docs/authorization.md tells it, written a second time: straight loops over the JSON of the policies, no
 * compilation, no shared code. The differential test asks both.
 */
import type { Circumstances, Values } from "./naive-conditions.ts";
import { compareArn, globMatches, lineHolds, tokensOf } from "./naive-conditions.ts";

export type Texts = string | readonly string[];

export interface RawStatement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: RawPrincipal;
  readonly NotPrincipal?: RawPrincipal;
  readonly Action?: Texts;
  readonly NotAction?: Texts;
  readonly Resource?: Texts;
  readonly NotResource?: Texts;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Texts>>>>;
}
export type RawPrincipal = "*" | Readonly<Record<string, Texts>>;

export interface RawPolicy {
  readonly Version?: string;
  readonly Statement: readonly RawStatement[];
}

export interface RawGrant {
  readonly grantId: string;
  readonly granteePrincipal: string;
  readonly retiringPrincipal?: string;
  readonly operations: readonly string[];
  readonly constraints?: RawConstraints;
}
interface RawConstraints {
  readonly EncryptionContextEquals?: Pairs;
  readonly EncryptionContextSubset?: Pairs;
  readonly SourceArn?: string;
}
type Pairs = Readonly<Record<string, string>>;

export interface Caller {
  readonly type: "Root" | "User" | "AssumedRole" | "FederatedUser" | "Service";
  readonly arn: string;
  readonly account: string;
  readonly userId: string;
  readonly roleArn?: string;
  readonly issuer?: { readonly arn: string; readonly userId: string };
}

export interface Question {
  readonly principal: Caller;
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount?: string;
  readonly values: Values;
  readonly encryptionContext?: Pairs;
  readonly grantOperation?: string;
  readonly newGrant?: Pick<RawGrant, "operations" | "constraints">;
}

/** All that speaks about a question, as JSON. */
export interface World {
  readonly identity: readonly RawPolicy[];
  readonly boundary?: RawPolicy;
  readonly session?: readonly RawPolicy[];
  readonly serviceControl?: readonly (readonly RawPolicy[])[];
  readonly resource?: RawPolicy;
  readonly kind: "key" | "resource" | "trust";
  readonly trust: "key-policy" | "either";
  readonly grants: readonly RawGrant[];
}

export type Verdict = "allow" | "explicit-deny" | "no-allow";

/** Decides a question. */
export function naiveVerdict(question: Question, world: World): Verdict {
  const { identity, boundary, session, serviceControl = [], resource } = world;
  const limits = boundary === undefined ? [] : [boundary];
  for (const policy of [...serviceControl.flat(), ...identity, ...limits, ...(session ?? [])])
    if (speaks(policy, "Deny", question)) return "explicit-deny";
  if (resource !== undefined && reachIn(resource, "Deny", question, world) !== "none")
    return "explicit-deny";
  for (const level of serviceControl)
    if (!level.some((policy) => speaks(policy, "Allow", question))) return "no-allow";
  if (policiesAllow(question, world)) return "allow";
  return grantsAllow(question, world) ? "allow" : "no-allow";
}

function policiesAllow(question: Question, world: World): boolean {
  const { principal, action } = question;
  const retires = action === "kms:RetireGrant";
  const reach =
    world.resource === undefined || retires
      ? "none"
      : reachIn(world.resource, "Allow", question, world);
  if (principal.type === "Service") return reach === "direct";
  if (isForeign(question, world)) return reach !== "none" && identityAllows(question, world);
  if (reach === "direct") return true;
  if (reach === "role" && limitsAllow(question, world)) return true;
  if (reach === "role") return false;
  if (reach === "account") return identityAllows(question, world);
  if (world.resource !== undefined && world.trust === "key-policy" && !retires) return false;
  return identityAllows(question, world);
}

function isForeign({ principal, resource, resourceAccount }: Question, world: World): boolean {
  const owner = resourceAccount ?? resource.split(":")[4] ?? "";
  if (/^\d{12}$/.test(owner)) return owner !== principal.account;
  return world.resource !== undefined;
}

function identityAllows(question: Question, world: World): boolean {
  const allowed =
    question.principal.type === "Root" ||
    world.identity.some((policy) => speaks(policy, "Allow", question));
  return allowed && limitsAllow(question, world);
}

function limitsAllow(question: Question, { boundary, session }: World): boolean {
  if (boundary !== undefined && !speaks(boundary, "Allow", question)) return false;
  return session === undefined || session.some((policy) => speaks(policy, "Allow", question));
}

/** Whether a policy that names no principals has a statement of this effect that applies. */
function speaks(policy: RawPolicy, effect: string, question: Question): boolean {
  return policy.Statement.some(
    (statement) => statement.Effect === effect && applies(statement, policy, question),
  );
}

type Reach = "none" | "account" | "role" | "direct";
const reaches: readonly Reach[] = ["none", "account", "role", "direct"];

/** The best reach of the statements of a resource's policy that apply. */
function reachIn(
  policy: RawPolicy,
  effect: string,
  question: Question,
  { kind, boundary }: World,
): Reach {
  let best: Reach = "none";
  for (const statement of policy.Statement) {
    if (statement.Effect !== effect) continue;
    const about = kind === "trust" ? { ...statement, Resource: "*" } : statement;
    if (!applies(about, policy, question)) continue;
    const spared = statement.NotPrincipal === undefined || boundary === undefined;
    const reach = effect === "Allow" || spared ? reachOf(statement, question.principal) : "direct";
    if (reaches.indexOf(reach) > reaches.indexOf(best)) best = reach;
  }
  return best;
}

function reachOf(statement: RawStatement, principal: Caller): Reach {
  if (statement.Principal !== undefined) return nameReach(statement.Principal, principal);
  if (statement.NotPrincipal === undefined) return "none";
  const named = nameReach(statement.NotPrincipal, principal);
  if (named === "account") return statement.Effect === "Deny" ? "direct" : "none";
  return named === "none" ? "direct" : "none";
}

function nameReach(element: RawPrincipal, principal: Caller): Reach {
  const { AWS = [], Service = [], Federated = [] } = element === "*" ? { AWS: "*" } : element;
  const names = textsOf(AWS);
  const { type, arn, account } = principal;
  if (names.includes("*")) return "direct";
  if (type === "Service") return textsOf(Service).includes(arn) ? "direct" : "none";
  const delegated = names.some((name) => name === account || isRootOf(name, account));
  if (type === "Root") return delegated ? "direct" : "none";
  if (type === "FederatedUser" && textsOf(Federated).includes(arn)) return "direct";
  const own = ownReach(names, principal);
  if (own !== "none") return own;
  return delegated ? "account" : "none";
}

/** By the names of the principal itself. */
function ownReach(names: readonly string[], caller: Caller): Reach {
  const { type, arn, userId, roleArn = "", issuer } = caller;
  if (names.includes(arn)) return "direct";
  if (type === "FederatedUser")
    return names.includes(issuer?.arn ?? "") || names.includes(issuer?.userId ?? "")
      ? "role"
      : "none";
  if (names.includes(userId)) return "direct";
  const roleId = userId.split(":")[0] ?? "";
  const byRole = names.includes(roleArn) || names.includes(roleId);
  return type === "AssumedRole" && byRole ? "role" : "none";
}

const isRootOf = (name: string, account: string) => name === `arn:aws:iam::${account}:root`;

function applies(statement: RawStatement, policy: RawPolicy, question: Question): boolean {
  const { Effect, Action, NotAction, Condition = {} } = statement;
  const variables = policy.Version === "2012-10-17";
  const circumstances = { effect: Effect, variables, values: question.values };
  const given = Action ?? NotAction;
  if (given === undefined) return false;
  const named = actionIn(textsOf(given), question.action);
  if (named !== (Action !== undefined)) return false;
  if (!resourceApplies(statement, question.resource, circumstances)) return false;
  return Object.entries(Condition).every(([operator, lines]) =>
    Object.entries(lines).every(([key, wanted]) =>
      lineHolds(operator, key, textsOf(wanted), circumstances),
    ),
  );
}

function resourceApplies(
  { Effect, Resource, NotResource }: RawStatement,
  resource: string,
  circumstances: Circumstances,
): boolean {
  const patterns = textsOf(Resource ?? NotResource ?? []);
  const answers = patterns.map((pattern) => compareArn(resource, pattern, circumstances));
  if (Resource !== undefined) return answers.includes("yes");
  if (NotResource === undefined || answers.includes("yes")) return false;
  return Effect === "Deny" || !answers.includes("unknown");
}

function actionIn(patterns: readonly string[], action: string): boolean {
  const literal = { variables: false, values: {} };
  return patterns.some((pattern) =>
    globMatches(tokensOf(pattern.toLowerCase(), literal, true) ?? [], action.toLowerCase()),
  );
}

function grantsAllow(question: Question, world: World): boolean {
  const found = world.grants.map((grant) => grantReach(grant, question));
  if (found.includes("direct")) return true;
  if (found.includes("role") && limitsAllow(question, world)) return true;
  if (!found.includes("account")) return false;
  return identityAllows(question, world);
}

function grantReach(grant: RawGrant, question: Question): Reach {
  const { grantOperation: operation, principal } = question;
  if (operation === undefined) return "none";
  if (operation === "RetireGrant") {
    const retiring = granteeReach(grant.retiringPrincipal ?? "", principal);
    if (retiring !== "none") return retiring;
  }
  if (!grant.operations.includes(operation)) return "none";
  if (!constraintsHold(grant, operation, question)) return "none";
  return granteeReach(grant.granteePrincipal, principal);
}

function constraintsHold(grant: RawGrant, operation: string, question: Question): boolean {
  const { constraints = {} } = grant;
  const source = question.values["aws:sourcearn"] ?? [];
  const wanted = operation === "RetireGrant" ? undefined : constraints.SourceArn;
  if (wanted !== undefined && (source.length !== 1 || source[0] !== wanted)) return false;
  if (operation === "CreateGrant" && !isStricter(question.newGrant, grant)) return false;
  const contextless = ["DescribeKey", "RetireGrant", "CreateGrant"].includes(operation);
  return contextless || contextFits(question.encryptionContext ?? {}, constraints);
}

function granteeReach(name: string, principal: Caller): Reach {
  if (name === principal.arn || name === principal.userId) return "direct";
  if (principal.type === "AssumedRole")
    if (name === principal.roleArn || name === principal.userId.split(":")[0]) return "role";
  if (principal.type === "FederatedUser")
    if (name === principal.issuer?.arn || name === principal.issuer?.userId) return "role";
  if (!isRootOf(name, principal.account) || principal.type === "Service") return "none";
  return principal.type === "Root" ? "direct" : "account";
}

function contextFits(context: Pairs, constraints: RawConstraints): boolean {
  const { EncryptionContextEquals: exact, EncryptionContextSubset: part } = constraints;
  if (exact !== undefined && !(hasAll(context, exact) && hasAll(exact, context))) return false;
  return part === undefined || hasAll(context, part);
}

/** Whether every context that the new grant lets through is let through by the old one. */
function isStricter(child: Question["newGrant"], parent: RawGrant): boolean {
  if (child === undefined) return false;
  if (child.operations.some((each) => !parent.operations.includes(each))) return false;
  const [inner, outer] = [child.constraints ?? {}, parent.constraints ?? {}];
  if (outer.SourceArn !== undefined && outer.SourceArn !== inner.SourceArn) return false;
  if (inner.EncryptionContextEquals !== undefined)
    return contextFits(inner.EncryptionContextEquals, outer);
  if (outer.EncryptionContextEquals !== undefined) return false;
  return hasAll(inner.EncryptionContextSubset ?? {}, outer.EncryptionContextSubset ?? {});
}

function hasAll(context: Pairs, pairs: Pairs): boolean {
  for (const [name, value] of Object.entries(pairs)) if (context[name] !== value) return false;
  return true;
}

function textsOf(texts: Texts): readonly string[] {
  return typeof texts === "string" ? [texts] : texts;
}
