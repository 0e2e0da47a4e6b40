import * as assert from "node:assert/strict";
import { test } from "node:test";
import { statementSpans } from "./statement-positions.ts";

const place = (line: number, column: number) => ({ line, column });

test("in a list a statement starts behind the bracket or the statement before it", () => {
  const text = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    },
    { "Effect": "Deny", "Action": "a:b", "Resource": "*" }
  ]
}`;
  assert.deepEqual(statementSpans(text), [
    { start: place(3, 17), end: place(8, 6) },
    { start: place(8, 6), end: place(9, 59) },
  ]);
});

test("a statement without a list starts with its brace", () => {
  const text = '{"Version":"2012-10-17","Statement":{"Effect":"Allow"}}';
  assert.deepEqual(statementSpans(text), [{ start: place(1, 37), end: place(1, 55) }]);
});

test("brackets in texts, escapes and members before it do not lead astray", () => {
  const text =
    '{"Id":"\\"}]{\\\\","\\u0053tatement" : [ {"Sid":"}","Condition":{"StringLike":{"a:b":["]"]}}}]}';
  assert.deepEqual(statementSpans(text), [{ start: place(1, 37), end: place(1, text.length - 1) }]);
});
