/* oxlint-disable typescript/no-unsafe-argument, typescript/no-unsafe-return -- plain JavaScript over JSON of another process */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like this
// Reads cases as JSON lines and compares their verdicts with those of @cloud-copilot/iam-simulate. See README.md.
import { createInterface } from "node:readline";
import { runSimulation } from "@cloud-copilot/iam-simulate";

const verdicts = {
  Allowed: "allow",
  ExplicitlyDenied: "explicit-deny",
  ImplicitlyDenied: "no-allow",
};
const named = (policies) => policies.map((policy, index) => ({ name: `p${index}`, policy }));

function simulationOf({ question, world }) {
  const { principal, action, resource, resourceAccount, values } = question;
  const { identity, boundary, session, serviceControl = [], resource: resourcePolicy } = world;
  const single = Object.entries(values).map(([key, list]) => [
    key === "kms:encryptioncontext:app" ? "kms:EncryptionContext:App" : key,
    key === "aws:tagkeys" || list.length > 1 ? list : list[0],
  ]);
  return {
    request: {
      principal: principal.arn,
      action,
      resource: { resource, accountId: resourceAccount },
      contextVariables: Object.fromEntries(single),
    },
    identityPolicies: named(identity),
    serviceControlPolicies: serviceControl.map((level, index) => ({
      orgIdentifier: `ou-${index}`,
      policies: named(level),
    })),
    resourceControlPolicies: [],
    ...(boundary === undefined ? {} : { permissionBoundaryPolicies: named([boundary]) }),
    ...(session === undefined ? {} : { sessionPolicy: session[0] }),
    ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
  };
}

/** What the two are known to read differently. docs/authorization.md says why ours is as it is. */
const features = {
  "the caller is a root user": ({ question }) => question.principal.type === "Root",
  "a key policy's statement has no Resource": ({ world }) =>
    world.resource.Statement.some((each) => !each.Resource && !each.NotResource),
  "a variable in a policy of an older Version": ({ world }) =>
    policiesIn(world).some(
      (policy) => policy.Version !== "2012-10-17" && JSON.stringify(policy).includes("${"),
    ),
  "an ARN pattern with fewer than six parts": ({ world }) =>
    /"arn:(\*|aws:\*|aws:kms|\$\{aws:username\}:iam)"/.test(JSON.stringify(world)) ||
    conditionsIn(world).some(
      ([operator, , wanted]) =>
        operator.includes("Arn") && /"(\*|\$\{[^}]*\})"/.test(JSON.stringify(wanted)),
    ),
  "a value that is not of the operator's type": ({ question, world }) =>
    /2026-02-30|many|yes|not an arn|unknown|3e2/.test(JSON.stringify(question.values)) ||
    mistyped(world),
  "an IPv4 address in IPv6": ({ question, world }) =>
    JSON.stringify([question, world]).includes("::ffff"),
  "an IPv6 address against an IPv4 range": ({ question, world }) =>
    (question.values["aws:sourceip"] ?? []).some((value) => value.includes(":")) &&
    /"(?:For\w+:)?NotIpAddress/.test(JSON.stringify(world)),
  NotPrincipal: ({ world }) => world.resource.Statement.some((each) => each.NotPrincipal),
  "everyone, within limits": ({ world }) =>
    (world.boundary ?? world.session) !== undefined &&
    /"(AWS|Principal)":"\*"/.test(JSON.stringify(world.resource)),
  "an asterisk by its variable": ({ question, world }) =>
    (question.values["aws:username"] ?? []).includes("*") && JSON.stringify(world).includes("${*}"),
  "several values of a key that has one": ({ question }) =>
    Object.entries(question.values).some(([key, list]) => key !== "aws:tagkeys" && list.length > 1),
  "several values without a quantifier": ({ question, world }) =>
    conditionsIn(world).some(([operator, key, wanted]) =>
      [
        ...(operator.startsWith("For") || operator === "Null" ? [] : [key]),
        ...variablesIn(wanted),
      ].some((name) => name === "aws:tagkeys" || (question.values[name] ?? []).length > 1),
    ),
  "a variable without one value": ({ question, world }) =>
    variablesIn(world).some((name) => (question.values[name] ?? []).length !== 1),
  "a session or federated user by its own ARN, within limits": ({ question, world }) =>
    (world.boundary ?? world.session) !== undefined &&
    question.principal.arn.includes(":sts:") &&
    JSON.stringify(world.resource).includes(question.principal.arn),
  "ForAnyValue with IfExists": ({ world }) => /"ForAny\w+:\w+IfExists"/.test(JSON.stringify(world)),
};

const variablesIn = (wanted) =>
  [...JSON.stringify(wanted).matchAll(/\$\{(aws:[\w/]+)/gi)].map(([, name]) => name.toLowerCase());

function policiesIn({ identity, boundary, session = [], serviceControl = [], resource }) {
  return [
    ...identity,
    ...session,
    ...serviceControl.flat(),
    resource,
    ...(boundary ? [boundary] : []),
  ];
}

/** Operator, key in lower case and values of every condition. */
function conditionsIn(world) {
  return policiesIn(world)
    .flatMap(({ Statement }) => Statement)
    .flatMap(({ Condition = {} }) => Object.entries(Condition))
    .flatMap(([operator, lines]) =>
      Object.entries(lines).map(([key, wanted]) => [operator, key.toLowerCase(), wanted]),
    );
}

/** Whether a condition compares a key with an operator of another type. */
function mistyped(world) {
  const types = {
    Arn: "sourcearn",
    Ip: "sourceip",
    NotIp: "sourceip",
    Date: "currenttime",
    Numeric: "multifactorauthage",
    Bool: "securetransport",
    Binary: "blob",
  };
  return conditionsIn(world).some(([operator, key]) => {
    const plain = operator.replace(/^For\w+:/, "");
    const type = Object.keys(types).find((name) => plain.startsWith(name));
    return type !== undefined && !key.includes(types[type]);
  });
}

const show = Number(process.argv[2] ?? 3);
const tally = new Map();
const totals = { same: 0, different: 0, refused: 0 };
for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  const answer = await runSimulation(simulationOf(given), {});
  const other = answer.resultType === "error" ? "refused" : verdicts[answer.overallResult];
  const found = Object.keys(features).filter((name) => features[name](given));
  const outcome = other === given.verdict ? "same" : other === "refused" ? "refused" : "different";
  totals[outcome]++;
  for (const name of found.length === 0 ? ["none of these"] : found) {
    const counts = tally.get(name) ?? { same: 0, different: 0, refused: 0, alone: 0 };
    counts[outcome]++;
    if (outcome === "different" && found.length === 1) counts.alone++;
    tally.set(name, counts);
  }
  if (outcome === "different" && found.length === 0 && tally.get("none of these").different <= show)
    console.log(`ours ${given.verdict}, theirs ${other}: ${line}`);
}
console.log(`all: ${JSON.stringify(totals)}`);
for (const [name, counts] of tally) console.log(`${name}: ${JSON.stringify(counts)}`);
