import { structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { stopped } from "../model/spans.ts";
import { changed, defineOperation, found } from "../operation.ts";

/** Makes a trail deliver nothing more. */
export const stopLogging = defineOperation({
  name: "StopLogging",
  readOnly: false,
  input: structure({ Name: member.trailName }),
  output: structure({}),
  keys: {
    trail: {
      locate: ({ Name }) => Name,
      action: "cloudtrail:StopLogging",
      crossAccount: false,
      atHome: true,
    },
  },
  audit: { request: ["Name"] },

  handle({ context: { time }, keys: { trail: thing } }) {
    const trail = found(thing);
    if (!trail.logging) return { output: {} };
    const spans = stopped(trail.spans, time);
    return changed(thing, { ...trail, logging: false, stoppedAt: time, spans }, {});
  },
});
