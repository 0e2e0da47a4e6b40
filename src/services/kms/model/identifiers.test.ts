import * as assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { AwsError } from "../../../base/errors.ts";
import { identifiedArn, parseKeyIdentifier } from "./identifiers.ts";

const place = { account: "111122223333", region: "us-east-1" };
const china = { account: "111122223333", region: "cn-north-1" };
const id = "1234abcd-12ab-34cd-56ef-1234567890ab";

test("a bare id or alias name belongs to the caller's account and region, in its partition", () => {
  const key = parseKeyIdentifier(id, "key", place);
  assert.deepEqual(key, { kind: "key", account: "111122223333", keyId: id });
  assert.equal(identifiedArn(key, "us-east-1"), `arn:aws:kms:us-east-1:111122223333:key/${id}`);
  assert.deepEqual(parseKeyIdentifier("alias/x", "any", china), {
    kind: "alias",
    account: "111122223333",
    name: "alias/x",
    arn: "arn:aws-cn:kms:cn-north-1:111122223333:alias/x",
  });
});

test("an ARN may name another account", () => {
  const arn = `arn:aws:kms:us-east-1:444455556666:key/${id}`;
  assert.equal(parseKeyIdentifier(arn, "key", place).account, "444455556666");
});

test("an ARN of another partition is none of this region's", () => {
  const arn = `arn:aws:kms:cn-north-1:111122223333:key/${id}`;
  assert.throws(() => parseKeyIdentifier(arn, "key", china), { name: "InvalidArnException" });
  assert.throws(() => parseKeyIdentifier(arn, "any", china), { name: "NotFoundException" });
});

test("any text names a key or an alias, or is refused as a client's fault", () => {
  const part = fc.constantFrom(
    "arn",
    "aws",
    "kms",
    "us-east-1",
    "111122223333",
    ":",
    "/",
    "key",
    "alias",
    id,
    "",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(part).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, fc.constantFrom("key" as const, "any" as const), (given, accepted) => {
      try {
        const found = parseKeyIdentifier(given, accepted, place);
        const end = found.kind === "key" ? `key/${found.keyId}` : found.name;
        assert.ok(identifiedArn(found, place.region).endsWith(end));
      } catch (error) {
        assert.ok(error instanceof AwsError);
        assert.ok(["NotFoundException", "InvalidArnException"].includes(error.code));
      }
    }),
  );
});
