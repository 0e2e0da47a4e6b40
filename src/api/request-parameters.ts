import { auditMembers, maskedMembers } from "../audit/record.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import type { AnyOperation } from "./operation.ts";

/** What the record of a call says of its request; null when nothing, or when the request could not be read. */
export function requestParameters(
  { audit, input: shape }: Pick<AnyOperation, "audit" | "input">,
  input: Readonly<Record<string, unknown>> | undefined,
): JsonObject | null {
  if (input === undefined) return null;
  const masked = (audit.masked ?? []).filter((name) => input[String(name)] !== undefined);
  const members = {
    ...auditMembers(shape, audit.request, { ...audit.defaults, ...input }),
    ...maskedMembers(masked),
  };
  const named = Object.entries(members).map(
    ([name, value]) => [audit.renamed?.[name] ?? name, value] as const,
  );
  return named.length === 0 ? null : Object.fromEntries<JsonValue>(named);
}
