import { auditAnswer } from "../../../audit/record-members.ts";
import { AwsError } from "../../../base/errors.ts";
import { required, structure } from "../../../shape/shape.ts";
import { readSelectors, selectorsAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { requireSelectors } from "../model/selectors.ts";
import { changed, defineOperation, found } from "../operation.ts";

/** Chooses which events a trail delivers. */
export const putEventSelectors = defineOperation({
  name: "PutEventSelectors",
  readOnly: false,
  input: structure({
    TrailName: required(member.text),
    EventSelectors: member.eventSelectors,
    AdvancedEventSelectors: member.advancedEventSelectors,
  }),
  output: member.selectorsAnswer,
  keys: {
    trail: {
      locate: ({ TrailName }) => TrailName,
      action: "cloudtrail:PutEventSelectors",
      crossAccount: false,
      atHome: true,
    },
  },
  audit: {
    request: ["TrailName", "EventSelectors", "AdvancedEventSelectors"],
    response: ({ output }) => auditAnswer(member.selectorsAnswer, output),
  },

  handle({ input, keys: { trail: thing } }) {
    const selectors = readSelectors(input);
    const both = input.EventSelectors !== undefined && input.AdvancedEventSelectors !== undefined;
    if (selectors === undefined || both)
      throw new AwsError(
        "InvalidEventSelectorsException",
        "Specify either event selectors or advanced event selectors.",
      );
    requireSelectors(selectors);
    const next = { ...found(thing), selectors };
    return changed(thing, next, selectorsAnswer(next));
  },
});
