import { structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { started } from "../model/spans.ts";
import { changed, defineOperation, found } from "../operation.ts";

/** Makes a trail deliver events from now on. */
export const startLogging = defineOperation({
  name: "StartLogging",
  readOnly: false,
  input: structure({ Name: member.trailName }),
  output: structure({}),
  keys: {
    trail: {
      locate: ({ Name }) => Name,
      action: "cloudtrail:StartLogging",
      crossAccount: false,
      atHome: true,
    },
  },
  audit: { request: ["Name"] },

  async handle({ context: { time }, keys: { trail: thing }, tools: { records } }) {
    const trail = found(thing);
    // Started twice, it delivers since the first time.
    if (trail.logging) return { output: {} };
    await records.settled();
    const spans = started(trail.spans, await records.position());
    return changed(thing, { ...trail, logging: true, startedAt: time, spans }, {});
  },
});
