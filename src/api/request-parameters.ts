import { auditMembers, maskedMembers } from "../audit/record-members.ts";
import type { JsonObject } from "../base/json.ts";
import type { AnyOperation } from "./operation.ts";

/** What the record of a call says of its request; null when nothing, or when the request could not be read. */
export function requestParameters(
  { audit, input: shape }: Pick<AnyOperation, "audit" | "input">,
  input: Readonly<Record<string, unknown>> | undefined,
): JsonObject | null {
  if (input === undefined) return null;
  const { defaults, masked, renamed, request } = audit;
  const given = defaults === undefined ? input : { ...defaults, ...input };
  const told = auditMembers(shape, request, given);
  const hidden = masked?.filter((name) => input[String(name)] !== undefined) ?? [];
  const members = hidden.length === 0 ? told : { ...told, ...maskedMembers(hidden) };
  const names = Object.keys(members);
  if (names.length === 0) return null;
  if (renamed === undefined) return members;
  return Object.fromEntries(names.map((name) => [renamed[name] ?? name, members[name] ?? null]));
}
