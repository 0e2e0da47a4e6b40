// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like this
import { conditionOf, valuesOf } from "./conditions-of.ts";
import type {
  Caller,
  Question,
  RawGrant,
  RawPolicy,
  RawPrincipal,
  RawStatement,
  World,
} from "./naive.ts";
import type { Dice } from "./random.ts";

/** Generated policies and questions about them, as plain JSON. Allow and deny are about equally likely. */

const own = "111122223333";
const other = "444455556666";
const rootOf = (account: string) => `arn:aws:iam::${account}:root`;
const key = `arn:aws:kms:us-east-1:${own}:key/1`;
const role = `arn:aws:iam::${own}:role/app`;

const callers: readonly Caller[] = [
  { type: "Root", arn: rootOf(own), account: own, userId: own },
  {
    type: "User",
    arn: `arn:aws:iam::${own}:user/ann`,
    account: own,
    userId: "AIDAEXAMPLEEXAMPLE",
  },
  {
    type: "AssumedRole",
    arn: `arn:aws:sts::${own}:assumed-role/app/s`,
    account: own,
    userId: "AROAEXAMPLEEXAMPLE:s",
    roleArn: role,
  },
  {
    type: "FederatedUser",
    arn: `arn:aws:sts::${own}:federated-user/fed`,
    account: own,
    userId: `${own}:fed`,
    issuer: { arn: `arn:aws:iam::${own}:user/ann`, userId: "AIDAEXAMPLEEXAMPLE" },
  },
  {
    type: "User",
    arn: `arn:aws:iam::${other}:user/eve`,
    account: other,
    userId: "AIDAEXAMPLEEXAMPLF",
  },
  { type: "Root", arn: rootOf(other), account: other, userId: other },
  { type: "Service", arn: "s3.amazonaws.com", account: own, userId: "s3.amazonaws.com" },
  { type: "Service", arn: "ec2.amazonaws.com", account: other, userId: "ec2.amazonaws.com" },
];
/** Users and sessions are asked about more often than the others. */
const oftenAsked = [1, 1, 1, 2, 2, 2, 4, 4, 0, 3, 5, 6, 7];

const names = [
  ...callers.filter(({ type }) => type !== "Service").map(({ arn }) => arn),
  ...[role, own, other, "AIDAEXAMPLEEXAMPLE", "AROAEXAMPLEEXAMPLE", "AROAEXAMPLEEXAMPLE:s"],
  ...[rootOf(own), rootOf(own), rootOf(own), rootOf(other)],
];
const requestActions = [
  ...["kms:Decrypt", "kms:Decrypt", "kms:Encrypt", "kms:DescribeKey"],
  ...["kms:CreateGrant", "kms:RetireGrant"],
];
const operations = ["Decrypt", "Encrypt", "DescribeKey", "CreateGrant", "RetireGrant"];
const allowedActions = [
  "*",
  "*",
  "kms:*",
  "kms:*",
  "KMS:decrypt",
  "kms:De*",
  "kms:?ncrypt",
  "s3:*",
];
const deniedActions = ["kms:Encrypt", "kms:Decrypt", "kms:De*t", "kms:*Grant", "s3:*"];
const resources = [
  ...["*", "*", "*", key, "arn:aws:kms:*:*:key/*", `arn:aws:kms:us-east-1:${own}:key/?`],
  ...[`${key}2`, "arn:aws:kms:us-east-1:*:key/${aws:PrincipalTag/team}", "arn:aws:kms"],
  ...["arn:aws:s3:::bucket/*", "arn:*", "arn:aws:s3:::${aws:username, 'bucket'}/*"],
];
const requestResources = [key, key, key, `${key}2`, "arn:aws:s3:::bucket/a:b", "*"];

type Kind = World["kind"];

function principalOf(dice: Dice): RawPrincipal {
  if (dice.chance(12)) return "*";
  if (dice.chance(8)) return { AWS: "*" };
  const named = { AWS: dice.some(names) };
  if (dice.chance(8)) return { ...named, Service: "s3.amazonaws.com" };
  return dice.chance(6) ? { Service: ["s3.amazonaws.com", "ec2.amazonaws.com"] } : named;
}

/** Who and on what, in the elements that this kind of policy has. */
function scopeOf(dice: Dice, kind: Kind | "identity", effect: string): Partial<RawStatement> {
  const patterns = effect === "Allow" ? allowedActions : deniedActions;
  const actions =
    kind === "trust" ? ["sts:*", "sts:AssumeRole", "STS:assume*", "sts:TagSession"] : patterns;
  const Action = dice.some(actions);
  const Resource = dice.some(resources, 2);
  const action = dice.chance(88) ? { Action } : { NotAction: dice.some(deniedActions) };
  const resource = dice.chance(88) ? { Resource } : { NotResource: dice.pick(resources.slice(3)) };
  const who = dice.chance(90)
    ? { Principal: principalOf(dice) }
    : { NotPrincipal: principalOf(dice) };
  if (kind === "identity") return { ...action, ...resource };
  if (kind === "trust") return { Principal: principalOf(dice), Action };
  if (kind === "key" && dice.chance(4)) return { ...who, ...action };
  return { ...who, ...action, ...resource };
}

function statementOf(dice: Dice, kind: Kind | "identity"): RawStatement {
  const Effect = dice.chance(84) ? "Allow" : "Deny";
  const conditional = dice.chance(Effect === "Allow" ? 35 : 60);
  const quantified = (name: string) =>
    kind !== "key" || Effect === "Deny" || !name.startsWith("kms:");
  return {
    Effect,
    ...scopeOf(dice, kind, Effect),
    ...(conditional ? { Condition: conditionOf(dice, quantified) } : {}),
  };
}

/** A policy with up to three statements. */
export function policyOf(dice: Dice, kind: Kind | "identity"): RawPolicy {
  const Statement = dice.times(1 + dice.below(3), () => statementOf(dice, kind));
  if (dice.chance(5)) return dice.chance(50) ? { Statement } : { Version: "2008-10-17", Statement };
  return { Version: "2012-10-17", Statement };
}

const pairs = (dice: Dice): Readonly<Record<string, string>> => {
  const context: Record<string, string> = {};
  for (const name of ["App", "b"]) if (dice.chance(50)) context[name] = dice.pick(["a", "b"]);
  return context;
};

function scopeOfGrant(dice: Dice): Pick<RawGrant, "operations" | "constraints"> {
  const constraints = {
    ...(dice.chance(25) ? { EncryptionContextEquals: pairs(dice) } : {}),
    ...(dice.chance(25) ? { EncryptionContextSubset: pairs(dice) } : {}),
    ...(dice.chance(10) ? { SourceArn: `arn:aws:sns:us-east-1:${own}:topic` } : {}),
  };
  const chosen = operations.filter(() => dice.chance(60));
  return { operations: chosen.length > 0 ? chosen : ["Decrypt"], constraints };
}

function grantOf(dice: Dice): RawGrant {
  return {
    grantId: "g",
    granteePrincipal: dice.chance(10) ? "s3.amazonaws.com" : dice.pick(names),
    ...(dice.chance(30) ? { retiringPrincipal: dice.pick(names) } : {}),
    ...scopeOfGrant(dice),
  };
}

/** All that speaks about some questions. */
export function worldOf(dice: Dice, { grants = true } = {}): World {
  const kind = dice.pick(["key", "key", "key", "resource", "trust"] as const);
  const layer = () => policyOf(dice, "identity");
  const few = () => dice.times(1 + dice.below(2), layer);
  return {
    identity: dice.times(dice.below(3), layer),
    ...(dice.chance(25) ? { boundary: layer() } : {}),
    ...(dice.chance(20) ? { session: few() } : {}),
    ...(dice.chance(20) ? { serviceControl: dice.times(1 + dice.below(2), few) } : {}),
    ...(dice.chance(85) ? { resource: policyOf(dice, kind) } : {}),
    kind,
    trust: kind === "resource" && dice.chance(70) ? "either" : "key-policy",
    grants: grants && dice.chance(25) ? dice.times(1 + dice.below(2), () => grantOf(dice)) : [],
  };
}

/** A question that the world may have an answer to. */
export function questionOf(dice: Dice, { kind, trust, grants }: World): Question {
  const caller = callers[dice.pick(oftenAsked)];
  if (caller === undefined) throw new RangeError("no caller");
  const action = kind === "trust" ? "sts:AssumeRole" : dice.pick(requestActions);
  const resource = kind === "trust" ? role : dice.pick(requestResources);
  const operation = action.slice("kms:".length);
  const owner = dice.chance(trust === "either" ? 60 : 90) ? { resourceAccount: own } : {};
  return {
    principal: caller,
    action,
    resource,
    ...owner,
    values: valuesOf(dice),
    ...(dice.chance(70) ? { encryptionContext: pairs(dice) } : {}),
    ...(grants.length > 0 && operations.includes(operation) ? { grantOperation: operation } : {}),
    ...(operation === "CreateGrant" && dice.chance(80) ? { newGrant: scopeOfGrant(dice) } : {}),
  };
}
