/** The Principal and NotPrincipal elements: their forms, their normal form, and whom they name. */
import { parseArn } from "../base/arn.ts";
import { AwsError } from "../base/errors.ts";
import type { JsonValue } from "../base/json.ts";
import { consistsOf, digits, isAccountId, isEntityPath, letters, upperCase } from "./characters.ts";
import type { Strings } from "./policy-members.ts";
import { listOf, readMembers, readStrings } from "./policy-members.ts";
import type { Principal } from "./request.ts";

/** A Principal in normal form: account ids as root ARNs, everyone as `{"AWS": "*"}`. */
export type PrincipalElement = {
  readonly AWS?: Strings;
  readonly Service?: Strings;
  readonly Federated?: Strings;
};

/**
 * How a statement reaches a principal. `direct`: by name or as everyone; `role`: by the role, or the user, of the session, which
 * boundary and session policies still limit; `account`: by the root of its account, which only delegates to IAM.
 */
export type Reach = "direct" | "role" | "account";

/** Which reach is better: the higher. */
export const reachRank: Readonly<Record<Reach, number>> = { account: 1, role: 2, direct: 3 };

/** One row per kind of principal: the normal form of a name, undefined when there can be no such principal. */
const normalForms: Readonly<Record<string, (text: string) => string | undefined>> = {
  AWS: normalizeAwsPrincipal,
  Service: (text) => (isHostName(text) ? text : undefined),
  Federated: (text) => (isHostName(text) || isProviderArn(text) ? text : undefined),
};

/** Reads and normalises a Principal element. Throws MalformedPolicyDocumentException. */
export function readPrincipal(raw: JsonValue, where: string): PrincipalElement {
  if (raw === "*") return { AWS: "*" };
  const object = readMembers(raw, where, "Principal", Object.keys(normalForms));
  const principals: Record<string, Strings> = {};
  for (const [kind, given] of Object.entries(object))
    principals[kind] = readStrings(given, where, kind, (text) => {
      const normal = normalForms[kind]?.(text);
      if (normal === undefined) throw invalidPrincipal();
      return normal;
    });
  return principals;
}

/** The refusal of a policy that names principals who cannot exist. */
function invalidPrincipal(): AwsError {
  return new AwsError(
    "MalformedPolicyDocumentException",
    "Policy contains a statement with one or more invalid principals.",
  );
}

/** The account whose root an ARN names; undefined for any other principal. */
export function rootAccount(text: string): string | undefined {
  const arn = parseArn(text);
  return arn?.service === "iam" && arn.resource === "root" ? arn.account : undefined;
}

/** Compiles a Principal element. Everyone includes service principals. */
export function compilePrincipal(
  element: PrincipalElement,
): (principal: Principal) => Reach | undefined {
  const names = new Set(listOf(element.AWS));
  const named = {
    names,
    accounts: new Set([...names].map(rootAccount)),
    services: new Set(listOf(element.Service)),
    providers: new Set(listOf(element.Federated)),
  };
  if (names.has("*")) return () => "direct";
  return (principal) => reachByType[principal.type](named, principal);
}

interface Named {
  readonly names: ReadonlySet<string>;
  readonly accounts: ReadonlySet<string | undefined>;
  readonly services: ReadonlySet<string>;
  readonly providers: ReadonlySet<string>;
}

type ReachOf = (named: Named, principal: Principal) => Reach | undefined;

/** One row per type of principal: how what an element names reaches it. */
const reachByType: Readonly<Record<Principal["type"], ReachOf>> = {
  Service: ({ services }, { arn }) => (services.has(arn) ? "direct" : undefined),
  Root: ({ accounts }, { account }) => (accounts.has(account) ? "direct" : undefined),
  User: (named, principal) =>
    named.names.has(principal.userId) ? "direct" : byNameOrAccount(named, principal),
  AssumedRole: (named, principal) => {
    if (named.names.has(principal.userId)) return "direct";
    const reach = byNameOrAccount(named, principal);
    if (reach === "direct") return reach;
    return roleNames(principal).some((name) => named.names.has(name)) ? "role" : reach;
  },
  FederatedUser: (named, principal) => {
    if (named.providers.has(principal.arn)) return "direct";
    const reach = byNameOrAccount(named, principal);
    if (reach === "direct" || principal.issuer === undefined) return reach;
    const { arn, userId } = principal.issuer;
    return named.names.has(arn) || named.names.has(userId) ? "role" : reach;
  },
};

function byNameOrAccount(
  { names, accounts }: Named,
  { arn, account }: Principal,
): Reach | undefined {
  if (names.has(arn)) return "direct";
  return accounts.has(account) ? "account" : undefined;
}

/**
 * Compiles a NotPrincipal element: everyone but those it names. A root ARN takes out only the root user in a Deny, as in
 * AWS, and the whole account in an Allow. Who has a permissions boundary is never taken out of a Deny, as in AWS.
 */
export function compileNotPrincipal(
  element: PrincipalElement,
  effect: "Allow" | "Deny",
): (principal: Principal, bounded?: boolean) => Reach | undefined {
  const named = compilePrincipal(element);
  return (principal, bounded = false) => {
    if (bounded && effect === "Deny") return "direct";
    const reach = named(principal);
    return reach === undefined || (reach === "account" && effect === "Deny") ? "direct" : undefined;
  };
}

/** What names the role of a session: its ARN, and its id, the part of `AROA…:session` before the colon. */
export function roleNames(principal: Principal): readonly string[] {
  const [id = ""] = principal.userId.split(":");
  return principal.roleArn === undefined ? [id] : [principal.roleArn, id];
}

function normalizeAwsPrincipal(text: string): string | undefined {
  if (text === "*" || isUniqueId(text)) return text;
  if (isAccountId(text)) return `arn:aws:iam::${text}:root`;
  return isPrincipalArn(text) ? text : undefined;
}

/**
 * An id that AWS gives a user (AIDA…) or a role (AROA…), or that of a role's session (AROA…:name): stored policies name
 * principals by it, and show it after the principal is deleted.
 */
export function isUniqueId(text: string): boolean {
  const [id = "", session, ...rest] = text.split(":");
  const known = id.startsWith("AIDA") || id.startsWith("AROA");
  if (!known || id.length < 16 || id.length > 128 || !consistsOf(id, upperCase + digits))
    return false;
  if (session === undefined) return true;
  return id.startsWith("AROA") && rest.length === 0 && consistsOf(session, sessionCharacters);
}

const sessionCharacters = `${letters}${digits}_+=,.@-`;

function isHostName(text: string): boolean {
  return text.includes(".") && consistsOf(text, `${letters}${digits}.-`);
}

function isProviderArn(text: string): boolean {
  const arn = parseArn(text);
  if (arn?.service !== "iam" || !isAccountId(arn.account) || text.includes("*")) return false;
  return arn.resource.startsWith("saml-provider/") || arn.resource.startsWith("oidc-provider/");
}

function isPrincipalArn(text: string): boolean {
  const arn = parseArn(text);
  if (arn === undefined || text.includes("*") || text.includes("?")) return false;
  if (!arn.partition.startsWith("aws") || arn.region !== "" || !isAccountId(arn.account))
    return false;
  if (arn.service === "iam") return arn.resource === "root" || isEntityResource(arn.resource);
  const [kind, ...path] = arn.resource.split("/");
  if (arn.service !== "sts" || path.includes("")) return false;
  return kind === "assumed-role"
    ? path.length === 2
    : kind === "federated-user" && path.length === 1;
}

/** Whether text is `user` or `role` with a path and a name. */
function isEntityResource(text: string): boolean {
  const kind = text.slice(0, text.indexOf("/"));
  const end = text.lastIndexOf("/") + 1;
  const known = kind === "user" || kind === "role";
  return known && end < text.length && isEntityPath(text.slice(kind.length, end));
}
