import type { CallContext } from "../../api/context.ts";
import type { DeliveryTargets } from "../../api/delivery-targets.ts";
import type { Operation, Outcome, Thing, ThingDemand } from "../../api/operation.ts";
import type { Trail as AuditTrail } from "../../audit/trail.ts";
import type { Ids } from "../../crypto/random.ts";
import type { Change } from "../../database/commit.ts";
import type { Reader } from "../../database/database.ts";
import type { Domain } from "../../keystore/domain.ts";
import { unknownTrail } from "./model/refusals.ts";
import type { Trail, TrailSet } from "./model/trail.ts";
import { withTrail } from "./model/trail.ts";
import type { DigestKeyTables } from "./tables/digest-keys.ts";
import type { TrailTables } from "./tables/trails.ts";
import { storeTrails, trailsAggregate } from "./tables/trails.ts";

/** A trail that a request names, whether it exists or not: permission is decided before that is told. */
export interface TrailThing extends Thing {
  readonly trail: Trail | undefined;
  readonly homeRegion: string;
  /** The trails of its home region, and those of all regions. */
  readonly set: TrailSet;
  readonly all: readonly TrailSet[];
  /** Keys of the account. */
  readonly domain: Domain;
}

/** What an operation demands of one trail before its handler runs. */
export interface TrailDemand<Input> extends ThingDemand<Input> {
  readonly action: `cloudtrail:${string}`;
  /** Whether it can be called only in the trail's home region. */
  readonly atHome: boolean;
  /** Whether only an ARN names the trail. */
  readonly byArn?: true;
}

/** What handlers of this service work with. */
export interface CloudTrailTools {
  readonly trails: TrailTables;
  readonly digestKeys: DigestKeyTables;
  /** Reads how far delivery has come. */
  readonly reader: Reader;
  readonly records: AuditTrail;
  readonly targets: DeliveryTargets;
  readonly ids: Ids;
}

/** Declares an operation of CloudTrail; the types of input, output and trails follow from its data. */
export function defineOperation<Input, Output, Secret, Names extends string = never>(
  operation: Operation<
    Input,
    Output,
    Secret,
    Names,
    TrailDemand<Input>,
    TrailThing,
    CloudTrailTools
  >,
): Operation<Input, Output, Secret, Names, TrailDemand<Input>, TrailThing, CloudTrailTools> {
  return Object.freeze(operation);
}

/** The trail itself. Throws TrailNotFoundException. */
export function found({ trail, arn, account }: TrailThing): Trail {
  if (trail === undefined) throw unknownTrail(arn, account);
  return trail;
}

/** The outcome that brings a trail to its next state. */
export function changed<Output>(thing: TrailThing, next: Trail, output: Output): Outcome<Output> {
  return { output, change: changeTo(withTrail(thing.set, next), thing.domain) };
}

/** The change to the next state of a set of trails. */
export function changeTo(next: TrailSet, domain: Domain): Change {
  return storeTrails(next, domain);
}

/** What operations change that name no trail yet: those of the caller's account in this region. */
export function ownTrails({ account, region }: CallContext): readonly string[] {
  return [trailsAggregate(account, region)];
}
