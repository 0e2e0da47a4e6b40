import type { CallContext } from "../../api/context.ts";
import { setOf, trailArn } from "./model/trail.ts";
import { readTrailArn, readTrailName } from "./model/trail-names.ts";
import type { CloudTrailTools, TrailDemand, TrailThing } from "./operation.ts";
import { setVersion } from "./tables/trails.ts";

/** Finds the trail that a request names; of one that does not exist, the place where it would be. */
export async function locateTrail(
  demand: TrailDemand<unknown>,
  input: unknown,
  { account, region }: CallContext,
  { trails }: CloudTrailTools,
): Promise<TrailThing> {
  const text = demand.locate(input) ?? "";
  const named = demand.byArn
    ? readTrailArn(text)
    : readTrailName(text, { account, homeRegion: region });
  // Of other accounts nothing is read: the call is refused, whether there is such a trail or not.
  const own = named.account === account;
  const all = own ? await trails.list(account) : [];
  const set = setOf(all, own ? account : nobody, named.homeRegion);
  return {
    arn: trailArn(named),
    account: named.account,
    version: setVersion(set),
    trail: set.trails.find(({ name }) => name === named.name),
    homeRegion: named.homeRegion,
    set,
    all,
    domain: await trails.domain(account),
  };
}

/** An account that has no trails, ever. */
const nobody = "aws";
