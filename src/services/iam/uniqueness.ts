import type { EntityKind } from "./model/identity.ts";
import { alreadyExists } from "./model/refusals.ts";
import type { IamTools } from "./operation.ts";

/** Refuses the name of a new entity that another one of its kind has, whatever the case of its letters. */
export async function requireFree(
  kind: EntityKind,
  account: string,
  name: string,
  { identities }: IamTools,
): Promise<void> {
  if (await identities.isTaken(kind, account, name)) throw alreadyExists(kind, name);
}
