import { required, stream, structure } from "../../../shape/shape.ts";
import { requirePreconditions } from "../conditional.ts";
import { objectDemand } from "../demands.ts";
import { openKey } from "../encryption.ts";
import { readRange } from "../model/range.ts";
import {
  describeObject,
  objectAudit,
  readInput,
  readOutput,
  requireObject,
} from "../object-answer.ts";
import { objectBytes } from "../object-bytes.ts";
import { defineOperation } from "../operation.ts";

/** Reads an object, or a part of it. */
export const getObject = defineOperation({
  name: "GetObject",
  readOnly: true,
  category: "Data",
  input: structure(readInput),
  output: structure({ ...readOutput, Body: required(stream) }),
  rest: { method: "GET", level: "object" },
  keys: { object: { ...objectDemand("s3:GetObject"), existing: true } },
  audit: objectAudit,

  async handle({ input, keys: { object: thing }, tools, forward }) {
    const object = requireObject(thing.object);
    requirePreconditions(input, object);
    const range = readRange(input.Range, object.size);
    const key = await openKey(object, thing.domain, forward);
    const whole = { from: 0, to: object.size };
    const Body = objectBytes(object, range ?? whole, key, tools);
    return { output: { ...describeObject(object, input, range), Body } };
  },
});
