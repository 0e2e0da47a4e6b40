import type { Operation, Thing, ThingDemand } from "../../api/operation.ts";
import { AwsError } from "../../base/errors.ts";
import type { Ids } from "../../crypto/random.ts";
import type { Domain } from "../../keystore/domain.ts";
import type { AccessKeyUses } from "./access-key-uses.ts";
import type { FindCredentialReport } from "./credential-reports.ts";
import type { Entities, EntityKind } from "./model/identity.ts";
import { isServiceLinked } from "./model/identity.ts";
import { noSuchEntity } from "./model/refusals.ts";
import type { IdentityTables } from "./tables/identities.ts";

/** An entity that a request names, whether it exists or not: permission is decided before that is told. */
export interface EntityThing<K extends EntityKind = EntityKind> extends Thing {
  readonly kind: K;
  readonly name: string;
  readonly entity: Entities[K] | undefined;
  /** Keys of the account's identities. */
  readonly domain: Domain;
}

/** What an operation demands of one entity before its handler runs. */
export interface EntityDemand<Input, K extends EntityKind = EntityKind> extends ThingDemand<Input> {
  readonly kind: K;
  readonly action: `iam:${string}`;
  /** Whether policies may ask for iam:PermissionsBoundary, which is then the boundary that the entity has. */
  readonly asksForBoundary?: true;
  /** Asks for the permission on the entity as it will be called. */
  readonly movesTo?: (input: Input) => {
    readonly name?: string | undefined;
    readonly path?: string | undefined;
  };
  /** The handler refuses one that does not exist: in words of its own, or after something else. */
  readonly handlerRequires?: true;
  /** What `locate` finds is the id of an access key of the entity. */
  readonly byAccessKey?: true;
}

/** What handlers of this service work with. */
export interface IamTools {
  readonly identities: IdentityTables;
  readonly accessKeyUses: AccessKeyUses;
  readonly credentialReport: FindCredentialReport;
  readonly ids: Ids;
}

/** Declares an operation of IAM; the types of input, output and entities follow from its data. */
export function defineOperation<Input, Output, Secret, Names extends string, K extends EntityKind>(
  operation: Operation<
    Input,
    Output,
    Secret,
    Names,
    EntityDemand<Input, K>,
    EntityThing<K>,
    IamTools
  >,
): Operation<Input, Output, Secret, Names, EntityDemand<Input, K>, EntityThing<K>, IamTools> {
  return Object.freeze(operation);
}

/** The entity for a change. Throws NoSuchEntity; UnmodifiableEntity for a service's own role. */
export function modifiable<K extends EntityKind>(thing: EntityThing<K>): Entities[K] {
  const entity = found(thing);
  if (thing.kind === "role" && isServiceLinked(entity))
    throw new AwsError(
      "UnmodifiableEntityException",
      `Cannot perform the operation on the protected role '${entity.name}' - this role is only modifiable by AWS`,
    );
  return entity;
}

/** The entity itself. Throws NoSuchEntity. */
export function found<K extends EntityKind>(thing: EntityThing<K>): Entities[K] {
  if (thing.entity === undefined) throw noSuchEntity(thing.kind, thing.name);
  return thing.entity;
}
