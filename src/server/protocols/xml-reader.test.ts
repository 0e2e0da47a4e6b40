import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readXmlBody } from "./xml-reader.ts";

const read = (text: string | Uint8Array): unknown =>
  JSON.parse(JSON.stringify(readXmlBody(Buffer.from(text))));

describe("an XML body", () => {
  test("gives the members of its root, whatever namespace or declaration it has", () => {
    const text = `<?xml version="1.0" encoding='UTF-8'?>
      <C xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><L>eu-west-1</L><E/><s:N><X>1</X></s:N></C>
    `;
    assert.deepEqual(read(text), { L: "eu-west-1", E: "", N: { X: "1" } });
  });

  test("makes a list of what repeats", () => {
    assert.deepEqual(read("<C><A>1</A><A>2</A><A>3</A></C>"), { A: ["1", "2", "3"] });
  });

  test("may use the five entities and numbers of characters", () => {
    const text = "<C><A>&lt;&amp;&gt;&quot;&apos;&#233;&#x1F600;</A></C>";
    assert.deepEqual(read(text), { A: "<&>\"'é😀" });
  });

  test("keeps names that objects inherit as names", () => {
    const members = readXmlBody(Buffer.from("<C><__proto__>x</__proto__></C>"));
    assert.deepEqual(Object.entries(members), [["__proto__", "x"]]);
  });

  for (const [what, text] of [
    ["nothing", ""],
    ["text", "hello"],
    ["an unclosed element", "<C><A></C>"],
    ["elements that cross", "<C><A><B></A></B></C>"],
    ["two roots", "<C></C><D></D>"],
    ["text beside elements", "<C>x<A>1</A></C>"],
    ["a document type", '<!DOCTYPE C [<!ENTITY x "y">]><C>&x;</C>'],
    ["an entity of its own", "<C><A>&x;</A></C>"],
    ["a bare ampersand", "<C><A>a & b</A></C>"],
    ["a surrogate", "<C><A>&#xD800;</A></C>"],
    ["a character too far", "<C><A>&#x110000;</A></C>"],
    ["a CDATA section", "<C><A><![CDATA[x]]></A></C>"],
    ["a comment", "<C><!-- x --><A>1</A></C>"],
    ["an attribute without quotes", "<C a=1></C>"],
    ["elements nested too deeply", `${"<a>".repeat(40)}${"</a>".repeat(40)}`],
    ["too many elements", `<C>${"<a/>".repeat(3_000)}</C>`],
  ] as const)
    test(`that is ${what} is refused`, () => {
      assert.throws(() => read(text), { name: "MalformedXML" });
    });

  test("that is not UTF-8 is refused", () => {
    assert.throws(() => read(Buffer.from("<C>\xff</C>", "latin1")), { name: "MalformedXML" });
  });
});
