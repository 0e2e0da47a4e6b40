import { required, structure } from "../../../shape/shape.ts";
import { selectorsAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { defineOperation, found } from "../operation.ts";

/** Tells which events a trail delivers. */
export const getEventSelectors = defineOperation({
  name: "GetEventSelectors",
  readOnly: true,
  input: structure({ TrailName: required(member.text) }),
  output: member.selectorsAnswer,
  keys: {
    trail: {
      locate: ({ TrailName }) => TrailName,
      action: "cloudtrail:GetEventSelectors",
      crossAccount: false,
      atHome: false,
    },
  },
  audit: { request: ["TrailName"] },
  handle: ({ keys: { trail } }) => ({ output: selectorsAnswer(found(trail)) }),
});
