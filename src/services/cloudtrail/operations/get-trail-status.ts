import { structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation, found } from "../operation.ts";
import { statusAnswer } from "../status.ts";
import { readDeliveries } from "../tables/deliveries.ts";

/** Tells whether a trail delivers, and what came of it last. */
export const getTrailStatus = defineOperation({
  name: "GetTrailStatus",
  readOnly: true,
  input: structure({ Name: member.trailName }),
  output: member.trailStatus,
  keys: {
    trail: {
      locate: ({ Name }) => Name,
      action: "cloudtrail:GetTrailStatus",
      crossAccount: false,
      atHome: false,
    },
  },
  audit: { request: ["Name"] },

  async handle({ keys: { trail: thing }, tools: { reader } }) {
    const trail = found(thing);
    return { output: statusAnswer(trail, await readDeliveries(reader, trail.id, thing.domain)) };
  },
});
