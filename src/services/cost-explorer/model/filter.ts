import { AwsError } from "../../../base/errors.ts";
import type { CostLine } from "./costs.ts";
import { dimensionOf } from "./dimensions.ts";
import type { Choice, Expression } from "./members.ts";

/** Whether a line is asked for. */
export type Filter = (line: CostLine) => boolean;

/** The filter that a request describes; all lines pass where there is none. Throws ValidationException. */
export function readFilter(expression: Expression | undefined): Filter {
  if (expression === undefined) return () => true;
  const given = Object.values(expression).filter((member) => member !== undefined);
  if (given.length !== 1)
    throw invalid(
      "An Expression must have exactly one of And, Or, Not, Dimensions, Tags and CostCategories",
    );
  const { And, Or, Not, Dimensions, Tags, CostCategories } = expression;
  if (Dimensions !== undefined) return readDimension(Dimensions);
  if (Tags !== undefined) return readTag(Tags);
  // Nobody can define a category here, so every line lacks all of them.
  if (CostCategories !== undefined) return readChoice(CostCategories, () => undefined);
  if (Not !== undefined) return negate(readFilter(Not));
  const filters = several(And ?? Or).map(readFilter);
  return And === undefined
    ? (line) => filters.some((filter) => filter(line))
    : (line) => filters.every((filter) => filter(line));
}

function several(expressions: readonly Expression[] = []): readonly Expression[] {
  if (expressions.length < 2) throw invalid("And and Or need at least two Expressions");
  return expressions;
}

const negate =
  (filter: Filter): Filter =>
  (line) =>
    !filter(line);

function readDimension(choice: Choice): Filter {
  const { Key: key } = choice;
  if (key === undefined || choice.Values === undefined)
    throw invalid("Dimensions need a Key and Values");
  return readChoice(choice, (line) => dimensionOf(line, key));
}

function readTag(choice: Choice): Filter {
  const { Key: key, Values, MatchOptions = [] } = choice;
  // Without a key: what has no tag at all.
  if (key === undefined) return ({ tags }) => Object.keys(tags).length === 0;
  const absent = Values === undefined ? ["ABSENT"] : [];
  return readChoice({ ...choice, MatchOptions: [...MatchOptions, ...absent] }, ({ tags }) =>
    Object.hasOwn(tags, key) ? tags[key] : undefined,
  );
}

const options: ReadonlySet<string> = new Set(["EQUALS", "ABSENT", "CASE_SENSITIVE"]);

function readChoice(
  { Values = [], MatchOptions = [] }: Choice,
  valueIn: (line: CostLine) => string | undefined,
): Filter {
  const strange = MatchOptions.find((option) => !options.has(option));
  if (strange !== undefined) throw invalid(`MatchOption ${strange} is not supported here`);
  if (MatchOptions.includes("ABSENT")) return (line) => (valueIn(line) ?? "") === "";
  const values = new Set(Values);
  return (line) => values.has(valueIn(line) ?? "");
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
