import type { Service } from "../../api/registry.ts";
import { operationMap } from "../../api/registry.ts";
import { trailTags } from "./conditions.ts";
import { locateTrail } from "./locate.ts";
import { notHomeRegion, wrongRegion } from "./model/refusals.ts";
import type { CloudTrailTools, TrailDemand, TrailThing } from "./operation.ts";
import { found } from "./operation.ts";
import { operations } from "./operations.ts";

/** The service of the audit trail. Its things are trails. */
export function cloudTrailService(tools: CloudTrailTools): Service {
  return {
    wire: {
      signingName: "cloudtrail",
      protocol: "json",
      targetPrefix: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
      // Clients that are made of AWS's newer models say no more than this.
      otherTargetPrefix: "CloudTrail_20131101",
      operationNames: operations.map((operation) => operation.name),
    },
    eventSource: "cloudtrail.amazonaws.com",
    operations: operationMap(operations),
    tools,
    locate: (demand, input, context) =>
      locateTrail(demand as TrailDemand<unknown>, input, context, tools),
    protection(thing, _demand, _input, context) {
      const { trail } = thing as TrailThing;
      return { policies: {}, owner: context.account, conditions: () => trailTags(trail) };
    },
    conditions: () => ({}),
    check(thing, demand, _operation, { region }) {
      const trail = found(thing as TrailThing);
      if (trail.homeRegion === region) return;
      if (!trail.multiRegion) throw wrongRegion(region);
      if ((demand as TrailDemand<unknown>).atHome) throw notHomeRegion(trail);
    },
  };
}
