import type { PolicyDocument } from "../authorization/policy-document.ts";
import { principalsOf, renamePrincipals } from "../authorization/policy-document.ts";
import { isUniqueId } from "../authorization/principal-element.ts";

/**
 * What services ask about identities when a policy or a grant of theirs names them. Users, roles and their sessions are stored by
 * unique id, which no other principal ever gets: who gets the name of a deleted one does not get its permissions.
 */
export interface Principals {
  /** What is stored for a principal's ARN, account id or unique id; for an account its root's ARN. Undefined if there is none. */
  resolve(principal: string): Promise<string | undefined>;
  /** The ARN that belongs to a unique id; undefined once the principal has gone. */
  display(id: string): Promise<string | undefined>;
}

/**
 * A policy as it is stored. `refuse` makes the error for a principal that does not exist. Nothing relies on the versions of the
 * principals: one that is deleted at the same moment leaves an id that nobody has.
 */
export async function storedPolicy(
  document: PolicyDocument,
  principals: Principals,
  refuse: (principal: string) => Error,
): Promise<PolicyDocument> {
  const names = new Map<string, string>();
  for (const principal of principalsOf(document)) {
    const stored = await principals.resolve(principal);
    if (stored === undefined) throw refuse(principal);
    names.set(principal, stored);
  }
  return renamePrincipals(document, (principal) => names.get(principal) ?? principal);
}

/** A stored policy as it is shown. */
export async function shownPolicy(
  document: PolicyDocument,
  principals: Principals,
): Promise<PolicyDocument> {
  const names = new Map<string, string>();
  for (const principal of principalsOf(document))
    names.set(principal, await shownPrincipal(principal, principals));
  return renamePrincipals(document, (principal) => names.get(principal) ?? principal);
}

/** A stored principal as it is shown: by ARN, or by the unique id that is left of it. */
export async function shownPrincipal(stored: string, principals: Principals): Promise<string> {
  return (isUniqueId(stored) ? await principals.display(stored) : undefined) ?? stored;
}
