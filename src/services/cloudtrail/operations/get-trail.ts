import { required, structure } from "../../../shape/shape.ts";
import { trailAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { defineOperation, found } from "../operation.ts";

/** Tells the settings of a trail. */
export const getTrail = defineOperation({
  name: "GetTrail",
  readOnly: true,
  input: structure({ Name: member.trailName }),
  output: structure({ Trail: required(member.trail) }),
  keys: {
    trail: {
      locate: ({ Name }) => Name,
      action: "cloudtrail:GetTrail",
      crossAccount: false,
      atHome: false,
    },
  },
  audit: { request: ["Name"] },
  handle: ({ keys: { trail } }) => ({ output: { Trail: trailAnswer(found(trail)) } }),
});
