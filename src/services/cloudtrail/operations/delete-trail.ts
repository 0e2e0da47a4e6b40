import { joinChanges } from "../../../database/commit.ts";
import { structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { changeTo, defineOperation, found } from "../operation.ts";
import { deleteDelivery, deliveryVersion, readDeliveries } from "../tables/deliveries.ts";

/** Deletes a trail. What it delivered stays where it is. */
export const deleteTrail = defineOperation({
  name: "DeleteTrail",
  readOnly: false,
  input: structure({ Name: member.trailName }),
  output: structure({}),
  keys: {
    trail: {
      locate: ({ Name }) => Name,
      action: "cloudtrail:DeleteTrail",
      crossAccount: false,
      atHome: true,
    },
  },
  audit: { request: ["Name"] },

  async handle({ keys: { trail: thing }, tools: { reader } }) {
    const { id } = found(thing);
    const deliveries = await readDeliveries(reader, id, thing.domain);
    const trails = thing.set.trails.filter((each) => each.id !== id);
    return {
      output: {},
      change: joinChanges([
        changeTo({ ...thing.set, trails }, thing.domain),
        ...deliveries.map(deleteDelivery),
      ]),
      relied: deliveries.map(deliveryVersion),
    };
  },
});
