import { required, stream, structure } from "../../../shape/shape.ts";
import { requirePreconditions } from "../conditional.ts";
import { objectDemand } from "../demands.ts";
import { readRange } from "../model/range.ts";
import {
  describeObject,
  objectAudit,
  readInput,
  readOutput,
  requireObject,
} from "../object-answer.ts";
import { defineOperation } from "../operation.ts";

/** Describes an object. */
export const headObject = defineOperation({
  name: "HeadObject",
  readOnly: true,
  category: "Data",
  input: structure(readInput),
  output: structure({ ...readOutput, Body: required(stream) }),
  rest: { method: "HEAD", level: "object" },
  keys: { object: { ...objectDemand("s3:GetObject"), existing: true } },
  audit: objectAudit,

  handle({ input, keys: { object: thing } }) {
    const object = requireObject(thing.object);
    requirePreconditions(input, object);
    const range = readRange(input.Range, object.size);
    const length = range === undefined ? object.size : range.to - range.from;
    return { output: { ...describeObject(object, input, range), Body: unsent(length) } };
  },
});

/** The bytes that a GET would have: answers to HEAD tell only how many. */
function unsent(length: number) {
  return {
    length,
    // biome-ignore lint/correctness/useYield: there is nothing to give
    async *pieces(): AsyncGenerator<Uint8Array> {
      throw new TypeError("HEAD has no body");
    },
  };
}
