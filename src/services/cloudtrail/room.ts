import { tooManyTrails } from "./model/refusals.ts";
import type { Trail, TrailSet } from "./model/trail.ts";
import { visibleIn } from "./model/trail.ts";

/** AWS's quota of trails in a region; one for all regions counts in each. */
const most = 5;

/** Refuses one trail too many in a region that would see it. Throws MaximumNumberOfTrailsExceededException. */
export function requireRoom(all: readonly TrailSet[], trail: Trail): void {
  const others = all.map((set) => ({
    ...set,
    trails: set.trails.filter(({ id }) => id !== trail.id),
  }));
  const elsewhere = trail.multiRegion ? others.map(({ region }) => region) : [];
  for (const region of [trail.homeRegion, ...elsewhere])
    if (visibleIn(others, region).length >= most) throw tooManyTrails(trail.account, most, region);
}
