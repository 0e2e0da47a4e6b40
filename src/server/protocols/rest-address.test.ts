import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readAddress } from "./rest-address.ts";

const address = (host: string, path: string) =>
  readAddress({ headers: new Map([["host", host]]), path });

describe("the address of a request", () => {
  for (const host of ["127.0.0.1:8443", "[::1]:8443", "localhost:8443", "s3.eu-west-1.example.com"])
    test(`has the bucket in the path when it comes to ${host}`, () => {
      assert.deepEqual(address(host, "/"), {});
      assert.deepEqual(address(host, "/bucket"), { bucket: "bucket" });
      assert.deepEqual(address(host, "/bucket/"), { bucket: "bucket" });
      assert.deepEqual(address(host, "/bucket/a/b"), { bucket: "bucket", key: "a/b" });
    });

  for (const host of [
    "bucket.s3.us-east-1.amazonaws.com",
    "bucket.s3.example.com:8443",
    "bucket.s3-us-west-2.amazonaws.com",
    "Bucket.localhost:8443",
  ])
    test(`has the bucket in ${host}`, () => {
      assert.deepEqual(address(host, "/"), { bucket: "bucket" });
      assert.deepEqual(address(host, "/a/b"), { bucket: "bucket", key: "a/b" });
    });

  test("takes a bucket with dots whole", () => {
    assert.deepEqual(address("a.b.s3.us-east-1.amazonaws.com", "/k"), { bucket: "a.b", key: "k" });
  });

  for (const [path, key] of [
    ["/b/../../etc/passwd", "../../etc/passwd"],
    ["/b//a", "/a"],
    ["/b/a//", "a//"],
    ["/b/a%2Fb", "a/b"],
    ["/b/a%252Fb", "a%2Fb"],
    ["/b/a+b%20c", "a+b c"],
    ["/b/%C3%A9", "é"],
    ["/b/.", "."],
  ] as const)
    test(`takes the key of ${path} as it is`, () => {
      assert.deepEqual(address("127.0.0.1", path), { bucket: "b", key });
    });

  test("that cannot be decoded is refused", () => {
    for (const path of ["/b/%", "/b/%zz", "/b/%ff"])
      assert.throws(() => address("127.0.0.1", path), { name: "InvalidURI" });
  });
});
