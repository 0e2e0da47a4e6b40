import * as assert from "node:assert/strict";
import { test } from "node:test";
import { AwsError } from "../../base/errors.ts";
import { writeQueryAnswer, writeQueryError } from "./query.ts";

const service = {
  signingName: "sts",
  protocol: "query",
  apiVersion: "1",
  xmlNamespace: "urn:x",
  operationNames: [],
} as const;

test("text of every kind comes out as well-formed XML", () => {
  const text = `<a b="c">&'\u0000\u000b\ufffe\ud800\r\n\t]]>`;
  const { body } = writeQueryError(undefined, new AwsError("NotFoundException", text), "id");
  assert.equal(
    body,
    "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>&lt;a b=&quot;c&quot;&gt;&amp;&apos;\ufffd\ufffd\ufffd\ufffd&#xD;\n\t]]&gt;</Message></Error><RequestId>id</RequestId></ErrorResponse>\n",
  );
});

test("absent members are left out and scalars are written as text", () => {
  const { body } = writeQueryAnswer(service, "Op", { a: null, b: true, c: 1.5, d: [] }, "id");
  assert.match(String(body), /<OpResult><b>true<\/b><c>1.5<\/c><d><\/d><\/OpResult>/);
});

test("an operation without output has no result", () => {
  const { body } = writeQueryAnswer(service, "Op", undefined, "id");
  assert.equal(
    body,
    '<OpResponse xmlns="urn:x"><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></OpResponse>\n',
  );
});

test("a name that is no XML name never becomes an element", () => {
  assert.throws(() => writeQueryAnswer(service, "Op", { "a b": 1 }, "id"), TypeError);
  assert.throws(() => writeQueryAnswer(service, "Op", [], "id"), TypeError);
});
