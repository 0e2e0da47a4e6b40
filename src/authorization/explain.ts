/** Decisions in words: AWS's for the client, plain ones for people who ask why. */
import type { StatementRef } from "./compile.ts";
import type { Basis } from "./decide.ts";
import type { ExplainedDenial, Explanation, Hidden, NearMiss } from "./explanation.ts";
import type { AuthorizationRequest } from "./request.ts";
import type { Layer } from "./statement.ts";

interface LayerWords {
  /** After `because no`. */
  readonly missing: string;
  /** After `with an explicit deny in`. */
  readonly denying: string;
  /** In `statement 1 of the … ` for people. */
  readonly plain: string;
}

const wordsOf: Readonly<Record<Layer, LayerWords>> = {
  identity: {
    missing: "identity-based policy",
    denying: "an identity-based policy",
    plain: "identity policy",
  },
  resource: {
    missing: "resource-based policy",
    denying: "a resource-based policy",
    plain: "resource policy",
  },
  boundary: {
    missing: "permissions boundary",
    denying: "a permissions boundary",
    plain: "permissions boundary",
  },
  session: { missing: "session policy", denying: "a session policy", plain: "session policy" },
  serviceControl: {
    missing: "service control policy",
    denying: "a service control policy",
    plain: "service control policy",
  },
  trust: {
    missing: "role trust policy",
    denying: "the role trust policy",
    plain: "role trust policy",
  },
};

/** AWS's text of AccessDeniedException; the ARN of a denying policy follows where it has one. */
export function denialMessage(request: AuthorizationRequest, because: ExplainedDenial): string {
  const { principal, action, resource } = request;
  const start = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`;
  if (because.kind === "no-allow")
    return `${start} because no ${wordsOf[because.layer].missing} allows the ${action} action`;
  const { by } = because;
  const arn = by.kind === "hidden" ? undefined : by.arn;
  const reference = arn === undefined ? "" : `: ${arn}`;
  return `${start} with an explicit deny in ${wordsOf[by.layer].denying}${reference}`;
}

/** A decision as one plain clause: "allowed by statement 2 (`Allow use`) of the key policy". */
export function describe({ because }: Explanation): string {
  if (because.kind === "allow") return `allowed by ${because.by.map(basisText).join(" and ")}`;
  if (because.kind === "explicit-deny") return `denied by ${basisText(because.by)}`;
  const { layer, policy } = because;
  if (policy !== undefined) return `denied: ${policyText(layer, policy)} does not allow it`;
  return `denied: no ${wordsOf[layer].plain} allows it`;
}

/** A near miss as one plain clause. */
export function describeNearest({ statement, misses }: NearMiss): string {
  const texts = misses.map((miss) =>
    miss.element === "Condition"
      ? `its condition \`${miss.operator}\` on \`${miss.key}\` does not hold`
      : `its ${miss.element} does not match`,
  );
  if (texts.length === 0) texts.push("it does not reach the caller");
  return `nearest is ${statementText(statement)}: ${texts.join(", ")}`;
}

function basisText(basis: Basis | Hidden): string {
  if (basis.kind === "grant") return `grant \`${basis.grantId}\``;
  if (basis.kind === "root") return `being the root user of account \`${basis.account}\``;
  if (basis.kind === "hidden") return hiddenText(basis);
  return statementText(basis);
}

function hiddenText({ layer }: Hidden): string {
  if (layer === "grant") return "a grant of another account";
  const { plain } = wordsOf[layer];
  return `${plain.startsWith("i") ? "an" : "a"} ${plain} of another account`;
}

function statementText({ index, sid, layer, policy }: StatementRef): string {
  const name = sid ? ` (\`${sid}\`)` : "";
  return `statement ${index}${name} of ${policyText(layer, policy)}`;
}

/** The resource policy `default` is a key's: no other resource policy has that name. */
function policyText(layer: Layer, policy: string): string {
  if (layer === "resource" && policy === "default") return "the key policy";
  return `the ${wordsOf[layer].plain} \`${policy}\``;
}
