import { isAccountId } from "../../authorization/characters.ts";
import type { Principal } from "../../authorization/request.ts";
import { iamArn, parseArn } from "../../base/arn.ts";
import { AwsError } from "../../base/errors.ts";
import { pageOf } from "./model/paging.ts";
import type { SimulationRequest } from "./model/simulation-members.ts";
import type { Combination, SimulatedPolicy, Simulation } from "./simulation.ts";
import { simulate, sizeOf } from "./simulation.ts";

/** Characters of policies that the combinations of one page may read together: it bounds the time that a page takes. */
const mostWork = 4_194_304;
const usualPage = 100;

/** A page of what a simulation comes to, action by action and resource by resource. */
export function simulatedPage(request: SimulationRequest, simulation: Simulation) {
  const { ActionNames, ResourceArns = [], MaxItems = usualPage, Marker, ...rest } = request;
  const actions = ActionNames.map(readAction);
  const resources = ResourceArns.length === 0 ? ["*"] : ResourceArns.map(readResource);
  const all = actions.flatMap((action) => resources.map((resource) => ({ action, resource })));
  const room = Math.max(1, Math.floor(mostWork / Math.max(1, sizeOf(simulation))));
  const numbered = all.map((combination, index) => ({
    combination,
    sortKey: String(index).padStart(9, "0"),
  }));
  const { entries, page } = pageOf(
    numbered,
    { Marker, MaxItems: Math.min(MaxItems, room) },
    `simulation ${JSON.stringify({ actions, resources, ...rest })}`,
    ({ sortKey }) => sortKey,
  );
  const combinations: readonly Combination[] = entries.map(({ combination }) => combination);
  return { EvaluationResults: simulate(simulation, combinations), ...page };
}

/** The policies of a request under the names that the answer calls them by. */
export function inputPolicies(
  texts: readonly string[] | undefined,
  name = "PolicyInputList",
): readonly SimulatedPolicy[] {
  return (texts ?? []).map((text, index) => ({ id: `${name}.${index + 1}`, text }));
}

/** The one permissions boundary that a request may bring along. Throws InvalidInput. */
export function inputBoundary({
  PermissionsBoundaryPolicyInputList: texts,
}: SimulationRequest): SimulatedPolicy | undefined {
  const [boundary, ...more] = inputPolicies(texts, "PermissionsBoundaryPolicyInputList");
  if (more.length > 0)
    throw invalid("Only one permissions boundary policy can be simulated at a time.");
  return boundary;
}

/** What both simulations read of a request in the same way. `account` owns what nobody is said to own. */
export function commonOf(
  request: SimulationRequest,
  principal: Principal,
): Pick<Simulation, "principal" | "resourcePolicy" | "resourceOwner"> {
  const { ResourcePolicy: text, ResourceOwner: owner } = request;
  return {
    principal,
    resourcePolicy: text === undefined ? undefined : { id: "ResourcePolicy", text },
    resourceOwner: owner === undefined ? principal.account : readOwner(owner),
  };
}

/** The values of condition keys that a request gives. */
export function inputConditions({
  ContextEntries = [],
}: SimulationRequest): Readonly<Record<string, readonly string[]>> {
  const given = ContextEntries.map(
    ({ ContextKeyName: key = "", ContextKeyValues: values = [] }) => [key, values] as const,
  );
  return Object.fromEntries(given.filter(([key]) => key !== ""));
}

/** The user that the calls are simulated for. Throws InvalidInput for an ARN of anything else. */
export function readCaller(arn: string): Principal {
  const { account = "", service, resource = "" } = parseArn(arn) ?? {};
  const name = /^user\/(?:.*\/)?([^/]+)$/.exec(resource)?.[1];
  if (service !== "iam" || !isAccountId(account) || name === undefined)
    throw invalid(`CallerArn must be the ARN of an IAM user: ${arn}`);
  return { type: "User", arn, account, userId: "" };
}

/** Condition keys that the principal itself has values for. */
export function principalConditions(
  { arn, account, userId, roleArn, type }: Principal,
  tags: Readonly<Record<string, string>> = {},
): Readonly<Record<string, readonly string[]>> {
  const userName = type === "User" ? arn.split("/").at(-1) : undefined;
  return {
    "aws:PrincipalArn": [roleArn ?? arn],
    "aws:PrincipalAccount": [account],
    "aws:PrincipalType": [type],
    ...(userId === "" ? {} : { "aws:userid": [userId] }),
    ...(userName === undefined ? {} : { "aws:username": [userName] }),
    ...Object.fromEntries(
      Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, [value]]),
    ),
  };
}

function readAction(name: string): string {
  if (!/^[\w-]+:\w+$/.test(name)) throw invalid(`Invalid action name: ${name}`);
  return name;
}

function readResource(text: string): string {
  if (text !== "*" && parseArn(text) === undefined) throw invalid(`Invalid resource ARN: ${text}`);
  return text;
}

/** An account id, or the ARN of an account's root. */
function readOwner(text: string): string {
  const account = parseArn(text)?.account ?? text;
  if (!isAccountId(account) || (text !== account && text !== iamArn(account, "root")))
    throw invalid(`Invalid resource owner: ${text}`);
  return account;
}

export function invalid(message: string): AwsError {
  return new AwsError("InvalidInputException", message);
}
