import * as assert from "node:assert/strict";
import { mock, test } from "node:test";
import koffi from "koffi";
import { OperatorError } from "../base/errors.ts";
import { openssl } from "./openssl.ts";
import { requireOpenssl } from "./openssl-self-test.ts";

test("a node that does not export OpenSSL is refused with a message that says what to do", async () => {
  const load = mock.method(koffi, "load", () => ({
    func: (declaration: string) => {
      throw new Error(`Cannot find function in ${declaration}`);
    },
  }));
  await assert.rejects(requireOpenssl(), (fault: unknown) => {
    assert.ok(fault instanceof OperatorError);
    assert.match(fault.message, /run keywright with the node that its package brings along/);
    return true;
  });
  load.mock.restore();
  await requireOpenssl();
});

test("an OpenSSL that answers wrongly is refused", async () => {
  const wrong = mock.method(openssl().EVP_PKEY_verify, "async", (...values: readonly unknown[]) => {
    const done = values.at(-1);
    if (typeof done === "function") done(null, 1);
  });
  await assert.rejects(requireOpenssl(), OperatorError);
  wrong.mock.restore();
  await requireOpenssl();
});
