import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AwsError } from "../base/errors.ts";
import { readJson } from "../base/json.ts";
import type { StructureShape } from "./shape.ts";
import {
  blob,
  boolean,
  integer,
  list,
  map,
  oneOf,
  required,
  sensitive,
  string,
  structure,
  timestamp,
} from "./shape.ts";
import { validate } from "./validate.ts";

const shape = structure({
  KeyId: required(string({ min: 1, max: 8 })),
  Name: string({ min: 1, pattern: /[a-z]+/ }),
  Secret: sensitive(string({ max: 4 })),
  Plaintext: blob({ min: 1, max: 4 }),
  Number: integer({ min: 1, max: 10 }),
  When: timestamp,
  Flag: boolean,
  Kind: oneOf("A", "B"),
  Kinds: list(oneOf("A", "B"), { max: 2 }),
  Names: list(string({ min: 1, max: 3 })),
  Tags: list(structure({ TagKey: required(string({ min: 1, max: 4 })) })),
  Context: map(string()),
  Bounded: map(string({ max: 2 })),
  Inner: structure({ Depth: integer({ min: 1 }) }),
});

const read = (json: string): unknown => validate(shape as StructureShape, readJson(json));

function refusal(json: string): AwsError {
  try {
    read(json);
  } catch (error) {
    if (error instanceof AwsError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: "it was accepted" });
}

describe("what a body may say", () => {
  test("members come back typed: bytes decoded, timestamps as dates", () => {
    const value = read(
      '{"KeyId":"k","Plaintext":"AQI=","When":1480027123.837,"Flag":false,"Kinds":["B"],"Inner":{"Depth":2}}',
    );
    assert.deepEqual(value, {
      KeyId: "k",
      Plaintext: Buffer.of(1, 2),
      When: new Date(1_480_027_123_837),
      Flag: false,
      Kinds: ["B"],
      Inner: { Depth: 2 },
    });
  });

  test("unknown members are dropped, null members are absent", () => {
    assert.deepEqual(read('{"KeyId":"k","Name":null,"Tags":null,"Unknown":[{}]}'), { KeyId: "k" });
  });

  test("a map keeps every name, also those that JavaScript gives a meaning", () => {
    const value = read('{"KeyId":"k","Context":{"__proto__":"a","constructor":"b","":"c"}}');
    const { Context: context = {} } = value as { readonly Context?: Record<string, string> };
    assert.deepEqual(Object.entries(context), [
      ["__proto__", "a"],
      ["constructor", "b"],
      ["", "c"],
    ]);
    assert.ok(!("toString" in context));
  });
});

describe("broken constraints, in AWS's words (facts 1.5)", () => {
  const start = (count: number): string =>
    `${count} validation ${count === 1 ? "error" : "errors"} detected: `;
  for (const [json, clause] of [
    ["{}", "Value null at 'keyId' failed to satisfy constraint: Member must not be null"],
    [
      '{"KeyId":null}',
      "Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    ],
    [
      '{"KeyId":""}',
      "Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      '{"KeyId":"123456789"}',
      "Value '123456789' at 'keyId' failed to satisfy constraint: Member must have length less than or equal to 8",
    ],
    [
      '{"KeyId":"k","Name":"abc1"}',
      "Value 'abc1' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+",
    ],
    [
      '{"KeyId":"k","Secret":"12345"}',
      "Value at 'secret' failed to satisfy constraint: Member must have length less than or equal to 4",
    ],
    [
      '{"KeyId":"k","Plaintext":""}',
      "Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      '{"KeyId":"k","Plaintext":"AQIDBAU="}',
      "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4",
    ],
    [
      '{"KeyId":"k","Number":0}',
      "Value '0' at 'number' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      '{"KeyId":"k","Number":11}',
      "Value '11' at 'number' failed to satisfy constraint: Member must have value less than or equal to 10",
    ],
    [
      '{"KeyId":"k","Kind":"C"}',
      "Value 'C' at 'kind' failed to satisfy constraint: Member must satisfy enum value set: [A, B]",
    ],
    [
      '{"KeyId":"k","Kinds":["A","C"]}',
      "Value '[A, C]' at 'kinds' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [A, B]]",
    ],
    [
      '{"KeyId":"k","Kinds":["A","B","A"]}',
      "Value '[A, B, A]' at 'kinds' failed to satisfy constraint: Member must have length less than or equal to 2",
    ],
    [
      '{"KeyId":"k","Names":["a",""]}',
      "Value '[a, ]' at 'names' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 3, Member must have length greater than or equal to 1]",
    ],
    [
      '{"KeyId":"k","Tags":[{"TagKey":"a"},{"TagKey":"12345"}]}',
      "Value '12345' at 'tags.2.member.tagKey' failed to satisfy constraint: Member must have length less than or equal to 4",
    ],
    [
      '{"KeyId":"k","Tags":[{}]}',
      "Value null at 'tags.1.member.tagKey' failed to satisfy constraint: Member must not be null",
    ],
    [
      '{"KeyId":"k","Bounded":{"a":"123"}}',
      "Value '123' at 'bounded' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 2]",
    ],
    [
      '{"KeyId":"k","Inner":{"Depth":0}}',
      "Value '0' at 'inner.depth' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
  ] as const)
    test(json, () => {
      const { code, message } = refusal(json);
      assert.equal(code, "ValidationException");
      assert.equal(message, start(1) + clause);
    });

  test("several come in one text, joined by semicolons", () => {
    const { message } = refusal('{"Number":0,"Kind":"C"}');
    assert.equal(message.split("; ").length, 3);
    assert.ok(message.startsWith("3 validation errors detected: Value null at 'keyId'"));
  });

  test("a pattern speaks of the whole value, anchored or not", () => {
    for (const name of ["1abc", "abc1", "a b"])
      assert.equal(refusal(`{"KeyId":"k","Name":"${name}"}`).code, "ValidationException");
  });

  test("nothing is null inside a list or a map", () => {
    for (const json of [
      '{"KeyId":"k","Names":["a",null]}',
      '{"KeyId":"k","Tags":[null]}',
      '{"KeyId":"k","Context":{"a":null}}',
    ])
      assert.equal(refusal(json).code, "SerializationException");
  });
});

describe("wrong JSON types (facts 1.4)", () => {
  for (const [json, message] of [
    ['{"KeyId":5}', "NUMBER_VALUE can not be converted to String"],
    ['{"KeyId":true}', "TRUE_VALUE can not be converted to String"],
    ['{"KeyId":["k"]}', "Start of list found where not expected"],
    ['{"KeyId":{}}', "Start of structure or map found where not expected."],
    ['{"KeyId":"k","Number":"5"}', "STRING_VALUE can not be converted to Integer"],
    ['{"KeyId":"k","Flag":"true"}', "STRING_VALUE can not be converted to Boolean"],
    ['{"KeyId":"k","Flag":0}', "NUMBER_VALUE can not be converted to Boolean"],
    ['{"KeyId":"k","When":"2020-01-01"}', "STRING_VALUE can not be converted to Timestamp"],
    ['{"KeyId":"k","Context":{"a":1}}', "NUMBER_VALUE can not be converted to String"],
    ['{"KeyId":"k","Context":{"a":null}}', "NULL_VALUE can not be converted to String"],
    ["[]", "Start of list found where not expected"],
  ] as const)
    test(json, () => {
      const refused = refusal(json);
      assert.equal(refused.code, "SerializationException");
      assert.equal(refused.message, message);
    });

  for (const json of [
    '{"KeyId":"k","Plaintext":"not base64!"}',
    '{"KeyId":"k","Plaintext":"QQ"}',
    '{"KeyId":"k","Number":1.5}',
    '{"KeyId":"k","Names":"a"}',
    '{"KeyId":"k","Context":["a"]}',
    '{"KeyId":"k","Inner":"a"}',
    '{"KeyId":"k","When":1e300}',
    '"KeyId"',
    "null",
    "7",
  ])
    test(json, () => assert.equal(refusal(json).code, "SerializationException"));

  test("a wrong type beats a broken constraint", () => {
    assert.equal(refusal('{"KeyId":"","Number":"5"}').code, "SerializationException");
  });
});
