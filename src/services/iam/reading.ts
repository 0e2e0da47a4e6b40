import { IntegrityError } from "../../base/errors.ts";
import type { VersionRef } from "../../database/commit.ts";
import type { Account, Entities, EntityKind } from "./model/identity.ts";
import { noSuchEntity } from "./model/refusals.ts";
import type { IamTools } from "./operation.ts";
import { accountVersion, aggregateOf } from "./tables/changes.ts";

/** The version of an entity on which a decision rests. */
export function versionOf<K extends EntityKind>(kind: K, entity: Entities[K]): VersionRef {
  return { aggregate: aggregateOf(kind, entity), version: entity.version };
}

/** An entity that a handler reads beside those that it was given. Throws NoSuchEntity. */
export async function readEntity<K extends EntityKind>(
  kind: K,
  account: string,
  name: string,
  { identities }: IamTools,
): Promise<Entities[K]> {
  const entity = await identities.find(kind, account, name);
  if (entity === undefined) throw noSuchEntity(kind, name);
  return entity;
}

/** An account as it is now, and its version, on which a decision then rests. */
export async function readAccount(
  id: string,
  { identities }: IamTools,
): Promise<{ readonly account: Account; readonly relied: readonly VersionRef[] }> {
  const account = await identities.findAccount(id);
  if (account === undefined) throw new IntegrityError(`account ${id} is missing`);
  return { account, relied: [accountVersion(account)] };
}

/** What a user, group or role names was not there: it was taken away since that was read, or somebody changed stored data. */
export class MissingPart extends IntegrityError {}

/**
 * Reads something of several parts, one after the other; again from the beginning when a part was missing. What is still missing
 * then was not taken away meanwhile. Throws MissingPart.
 */
export async function readWhole<T>(read: () => Promise<T>, tries = 5): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof MissingPart) || tries === 1) throw error;
    return readWhole(read, tries - 1);
  }
}
