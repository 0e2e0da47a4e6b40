import type { AuditEvent, AuditResource } from "../audit/record.ts";
import { AwsError } from "../base/errors.ts";
import type { AnyOperation, Thing } from "./operation.ts";
import type { Service } from "./registry.ts";

type Done = Parameters<NonNullable<AnyOperation["audit"]["resources"]>>[0];

/** The resources of a call's record, each once: what the operation says besides, then the things that it touched. */
export function recordedResources(
  {
    service: { thingType: type },
    operation: { audit },
    account,
  }: {
    readonly service: Pick<Service, "thingType">;
    readonly operation: Pick<AnyOperation, "audit">;
    readonly account: string;
  },
  things: readonly Thing[],
  done: Done | undefined,
): AuditEvent["resources"] {
  if (type === undefined || audit.unlisted === true) return undefined;
  const all: AuditResource[] = [];
  const more = done === undefined ? undefined : audit.resources?.(done);
  for (const arn of more ?? none) all.push({ arn, account, type });
  for (const thing of things)
    all.push({ arn: thing.arn, account: thing.account, type: thing.type ?? type });
  if (all.length <= 1) return all;
  return all.filter((each, index) => all.findIndex((other) => other.arn === each.arn) === index);
}

/** A fault as records name it: one of ours tells nothing of itself. */
export function recordedError(error: unknown): { readonly code: string; readonly message: string } {
  return error instanceof AwsError
    ? { code: error.code, message: error.message }
    : { code: "KMSInternalException", message: "" };
}

/** Those of some names that are not this one, each once. */
export function othersThan(name: string, names: readonly string[]): readonly string[] {
  if (names.every((each) => each === name)) return none;
  return [...new Set(names)].filter((each) => each !== name);
}

const none: readonly string[] = [];
