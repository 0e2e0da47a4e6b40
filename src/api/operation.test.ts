import * as assert from "node:assert/strict";
import { test } from "node:test";
import { required, sensitive, string, structure } from "../shape/shape.ts";
import type { Operation, Thing } from "./operation.ts";

test("the type checker refuses a sensitive member in the audit record, and one that does not exist", () => {
  const input = structure({ Name: required(string()), Secret: sensitive(string()) });
  type Input = { readonly Name: string; readonly Secret?: string | undefined };
  const audit = (operation: Operation<Input, unknown, "Secret", never, never, Thing, undefined>) =>
    operation.audit;
  const base = {
    name: "X",
    readOnly: true,
    input,
    keys: {},
    handle: () => ({ output: undefined }),
  };
  // @ts-expect-error Secret is sensitive
  audit({ ...base, audit: { request: ["Secret"] } });
  // @ts-expect-error there is no such member
  audit({ ...base, audit: { request: ["Nope"] } });
  assert.deepEqual(audit({ ...base, audit: { request: ["Name"] } }).request, ["Name"]);
});
