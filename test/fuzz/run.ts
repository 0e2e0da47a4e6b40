import * as assert from "node:assert/strict";
import { documentedErrors } from "../conformance/sdk-model.ts";
import type { Answered } from "./service.ts";

/** Errors of all operations that AWS's model does not list (facts: errors beside the model). */
const beside = [
  "AccessDeniedException",
  "NotAuthorizedException",
  "SerializationException",
  "ValidationException",
];
/** Errors of members for which AWS's model has none. */
const beyond: Readonly<Record<string, readonly string[]>> = {
  DescribeKey: ["InvalidGrantTokenException"],
  ListKeyPolicies: ["InvalidMarkerException"],
};
const deadline = 20_000;
const atOnce = 64;

/** One request of a run. */
export interface Case {
  readonly operation: string;
  readonly body: Uint8Array;
  /** Judges an answer that is no error; unless given, any will do. */
  readonly accept?: (members: Answered["members"]) => boolean;
}

/** Refuses success: for what nobody may get an answer to. */
export const never = (): boolean => false;

/** A case whose body is JSON. */
export function json(operation: string, input: object, accept?: Case["accept"]): Case {
  const body = Buffer.from(JSON.stringify(input));
  return { operation, body, ...(accept === undefined ? {} : { accept }) };
}

/** Counts of answers by error type. */
export type Tally = ReadonlyMap<string, number>;

/**
 * Sends many cases, some at once. Each must be answered in time, by success that its case accepts or by an error that its
 * operation documents; the first that is not fails the run with the request, to be repeated.
 */
export async function run(
  count: number,
  make: (index: number) => Case,
  send: (operation: string, body: Uint8Array) => Promise<Answered>,
): Promise<Tally> {
  const tally = new Map<string, number>();
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const each = make(next++);
      const { status, code, members } = await inTime(send(each.operation, each.body), each);
      tally.set(code ?? "success", (tally.get(code ?? "success") ?? 0) + 1);
      if (code === undefined) {
        assert.ok(each.accept?.(members) ?? true, `success of ${describe(each)}`);
      } else {
        assert.equal(status, 400, `${code} of ${describe(each)}`);
        assert.ok(documented(each.operation).has(code), `${code} of ${describe(each)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return tally;
}

function describe({ operation, body }: Case): string {
  return `${operation} ${Buffer.from(body).toString("base64")}`;
}

const known = new Map<string, ReadonlySet<string>>();

function documented(operation: string): ReadonlySet<string> {
  const found =
    known.get(operation) ??
    new Set([...documentedErrors(operation), ...beside, ...(beyond[operation] ?? [])]);
  known.set(operation, found);
  return found;
}

async function inTime<T>(answer: Promise<T>, each: Case): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`no answer to ${describe(each)}`)),
    deadline,
  );
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
