import { AwsError } from "../../../base/errors.ts";

/** The part of an object that a Range header asks for; undefined for the whole, as for headers that S3 does not read. Throws InvalidRange. */
export function readRange(
  header: string | undefined,
  size: number,
): { readonly from: number; readonly to: number } | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  const range =
    first === ""
      ? { from: Math.max(0, size - Number(last)), to: size }
      : { from: Number(first), to: last === "" ? size : Math.min(size, Number(last) + 1) };
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  if (range.from >= size || (first === "" && Number(last) === 0))
    throw new AwsError("InvalidRange", "The requested range is not satisfiable", {
      details: { RangeRequested: header ?? "", ActualObjectSize: String(size) },
    });
  return range;
}
