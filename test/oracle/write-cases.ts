// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like this
// Writes generated cases with the engine's verdicts as JSON lines, for `agpl/compare.mjs`. See agpl/README.md.
import { questionOf, worldOf } from "./cases.ts";
import { engineVerdict, policiesOf } from "./engine.ts";
import type { Question, World } from "./naive.ts";
import { Dice } from "./random.ts";

const [wanted = "100000", seed = "1", style = "plain"] = process.argv.slice(2);
const dice = new Dice(Number(seed));

/** The other implementation knows no grants, no unique ids and not whose a federated user is; one session policy, and that of sessions only. */
function asked(world: World, question: Question): World {
  const { session, ...rest } = world;
  if (question.principal.type === "Service") {
    const { boundary: _boundary, serviceControl: _control, ...left } = rest;
    return { ...left, identity: [] };
  }
  const isSession = ["AssumedRole", "FederatedUser"].includes(question.principal.type);
  return isSession && session !== undefined ? { ...rest, session: session.slice(0, 1) } : rest;
}

function canBeAsked({ kind, resource }: World, { resource: arn, action }: Question): boolean {
  const ids = /"A[IR][DO]A[A-Z:s]+"/.test(JSON.stringify(resource));
  return (
    kind === "key" &&
    resource !== undefined &&
    !ids &&
    arn.includes(":key/") &&
    action !== "kms:RetireGrant"
  );
}

/** `plain` cases have none of what the two are known to read differently (agpl/compare.mjs); `all` have everything. */
const plainly: readonly (readonly [from: string | RegExp, to: string])[] = [
  [/"arn:(?:\*|aws:kms)"/g, '"arn:aws:kms:*:*:*"'],
  ['"arn:aws:*"', '"arn:aws:*:*:*:*"'],
  ["arn:${aws:username}:iam", "arn:aws:iam::*:user/${aws:username}"],
  ["2026-02-30", "2026-02-01"],
  [/kms:encryptioncontext:app/gi, "aws:principaltag/app"],
  [/"(?:many|3e2|1e2)"/g, '"300"'],
  ['"yes"', '"true"'],
  ["not an arn", "arn:aws:s3:::bucket/a:b"],
  ['"unknown"', '"10.0.0.1"'],
  ["::ffff:10.0.0.1", "10.0.1.1"],
  ["::ffff:0:0/96", "10.0.0.0/8"],
  ["2008-10-17", "2012-10-17"],
  ["NotPrincipal", "Principal"],
  ["0.0.0.0/0", "0.0.0.0/1"],
  [",'b'}", ", 'b'}"],
  ['""', '"a"'],
  ['"Statement":', '"Version":"2012-10-17","Statement":'],
];

interface Given {
  readonly world: World;
  readonly question: Question;
}

function made(given: Given): Given {
  if (style === "all") return given;
  let text = JSON.stringify(given);
  for (const [from, to] of plainly) text = text.replaceAll(from, to);
  return JSON.parse(text) as Given;
}

for (let written = 0; written < Number(wanted); ) {
  const drawn = worldOf(dice, { grants: false });
  const asks = { ...questionOf(dice, drawn), resourceAccount: "111122223333" };
  const { world, question } = made({ world: drawn, question: asks });
  if (!canBeAsked(world, question)) continue;
  const { "test:blob": _blob, ...values } = question.values;
  const { issuer: _issuer, ...principal } = question.principal;
  const whole = { world: asked(world, question), question: { ...question, principal, values } };
  const verdict = engineVerdict(whole.question, policiesOf(whole.world));
  process.stdout.write(`${JSON.stringify({ ...whole, verdict })}\n`);
  written++;
}
