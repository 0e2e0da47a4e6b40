import type { Trail as AuditTrail, TrailPosition } from "../../../audit/trail.ts";
import type { Delivery } from "../model/delivery.ts";
import { lastStop } from "../model/spans.ts";
import type { Trail } from "../model/trail.ts";
import { setOf } from "../model/trail.ts";
import { readDeliveries } from "../tables/deliveries.ts";
import { setVersion } from "../tables/trails.ts";
import type { Deliverer, Place } from "./region-delivery.ts";
import { RegionDelivery } from "./region-delivery.ts";

/**
 * Delivers what is due of all trails. One that fails does not keep the others waiting: what fails by S3 or KMS is shown by GetTrailStatus
 * and tried again, faults of ours are thrown together at the end.
 */
export async function deliver(deliverer: Deliverer, now: Date): Promise<void> {
  const { trails, records } = deliverer.tools;
  await records.settled();
  const faults: unknown[] = [];
  for (const trail of await trails.listStarted()) {
    if (deliverer.stopping()) break;
    try {
      faults.push(...(await deliverTrail(deliverer, trail, now)));
    } catch (error) {
      faults.push(error);
    }
  }
  if (faults.length > 0)
    throw new AggregateError(faults, `delivering of ${faults.length} files failed`, {
      cause: faults[0],
    });
}

async function deliverTrail(
  deliverer: Deliverer,
  trail: Trail,
  now: Date,
): Promise<readonly unknown[]> {
  const { trails, reader } = deliverer.tools;
  const domain = await trails.domain(trail.account);
  const set = setOf(await trails.list(trail.account), trail.account, trail.homeRegion);
  const place: Place = { trail, domain, trailVersion: setVersion(set) };
  const known = await readDeliveries(reader, trail.id, domain);
  const faults: unknown[] = [];
  for (const region of await regionsOf(deliverer, trail, known)) {
    if (deliverer.stopping()) break;
    const state =
      known.find((each) => each.region === region) ?? fresh(deliverer, trail, region, now);
    const delivery = new RegionDelivery(deliverer, place, state, now);
    await delivery.run();
    faults.push(...delivery.faults);
  }
  return faults;
}

/** Of a trail for all regions, those in which anything happened since it was started. */
async function regionsOf(
  { tools: { records } }: Pick<Deliverer, "tools">,
  trail: Trail,
  known: readonly Delivery[],
): Promise<readonly string[]> {
  const found = trail.multiRegion ? await records.regions(trail.account, start(trail)) : [];
  return [...new Set([trail.homeRegion, ...known.map(({ region }) => region), ...found])];
}

function start({ spans }: Trail): TrailPosition {
  return spans[0]?.from ?? 0;
}

/** A delivery that has not begun. Its first digest is about the time since the trail was started, but no more than an hour. */
function fresh({ every }: Deliverer, trail: Trail, region: string, now: Date): Delivery {
  const since = Math.max(trail.startedAt?.getTime() ?? 0, now.getTime() - every.digest);
  return {
    trail: trail.id,
    account: trail.account,
    region,
    position: start(trail),
    nextFileAt: now,
    ...(trail.validation ? { nextDigestAt: new Date(since + every.digest) } : {}),
    files: [],
    version: 0,
  };
}

/**
 * Up to where the records of a deployment are delivered by every trail that asks for them, and listed by a stored digest if it writes
 * any: what is older may go. Undefined when no trail waits for anything.
 */
export async function deliveredUpTo(
  deliverer: Pick<Deliverer, "tools">,
): Promise<TrailPosition | undefined> {
  const { trails, reader, records } = deliverer.tools;
  const positions: TrailPosition[] = [];
  for (const trail of await trails.listStarted()) {
    const known = await readDeliveries(reader, trail.id, await trails.domain(trail.account));
    for (const region of await regionsOf(deliverer, trail, known)) {
      const delivery = known.find((each) => each.region === region);
      positions.push(...(await needed(records, trail, delivery ?? region)));
    }
  }
  const first = Math.min(...positions);
  return first === Infinity ? undefined : first;
}

/** The positions behind which a trail still needs the records of a region. */
async function needed(
  records: AuditTrail,
  { account, spans, multiRegion, homeRegion }: Trail,
  delivery: Delivery | string,
): Promise<readonly TrailPosition[]> {
  const state =
    typeof delivery === "string"
      ? { region: delivery, position: spans[0]?.from ?? 0, files: [], ended: undefined }
      : delivery;
  const { region, position, files, ended } = state;
  const undigested = files.map(({ after }) => after);
  const isOver = ended !== undefined && ended === lastStop(spans);
  if (isOver || (!multiRegion && region !== homeRegion)) return undigested;
  const { records: next } = await records.read({ account, region }, position, 1);
  return next.length === 0 ? undigested : [position, ...undigested];
}
