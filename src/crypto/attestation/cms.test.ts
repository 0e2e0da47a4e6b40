import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { KeyObject } from "node:crypto";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readDer, tags } from "../der.ts";
import { sha256 } from "../hash.ts";
import { envelopedDataFor, isRecipientKey } from "./cms.ts";

const folder = mkdtempSync(join(tmpdir(), "keywright-cms-"));
after(() => rmSync(folder, { recursive: true }));

const rsa = (modulusLength: number) => generateKeyPairSync("rsa", { modulusLength });
const spkiOf = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });
const { publicKey, privateKey } = rsa(2048);
const spki = spkiOf(publicKey);
const privateFile = join(folder, "private.pem");
writeFileSync(privateFile, privateKey.export({ type: "pkcs8", format: "pem" }));

const openssl = (input: Buffer, ...args: readonly string[]): Buffer =>
  execFileSync("openssl", ["cms", ...args, "-inform", "DER"], { input });

test("openssl opens what is encrypted, at every length around a cipher block", async () => {
  for (const length of [1, 15, 16, 17, 32, 1024, 4096]) {
    const plaintext = Buffer.alloc(length, length);
    const message = await envelopedDataFor(spki, plaintext);
    assert.ok(message.length <= 6144);
    assert.deepEqual(openssl(message, "-decrypt", "-inkey", privateFile), plaintext);
  }
});

test("the message is one version 2 recipient by key identifier, RSA-OAEP with SHA-256 and AES-256-CBC", async () => {
  const printed = openssl(await envelopedDataFor(spki, Buffer.of(1)), "-cmsout", "-print")
    .toString()
    .replaceAll(/\s+/g, " ");
  for (const wanted of [
    "contentType: pkcs7-envelopedData",
    "d.envelopedData: version: 2 originatorInfo: <ABSENT> recipientInfos: d.ktri: version: 2 d.subjectKeyIdentifier:",
    "algorithm: rsaesOaep (1.2.840.113549.1.1.7)",
    "contentType: pkcs7-data (1.2.840.113549.1.7.1)",
    "algorithm: aes-256-cbc (2.16.840.1.101.3.4.1.42)",
    "unprotectedAttrs: <ABSENT>",
  ])
    assert.ok(printed.includes(wanted), `${wanted} in ${printed}`);
  assert.equal(printed.match(/d\.ktri:/g)?.length, 1);
});

test("the parameters of RSA-OAEP are explicit, and the key identifier is the SHA-256 of the key", async () => {
  const message = (await envelopedDataFor(spki, Buffer.of(1))).toString("hex");
  const sha256Algorithm = "300d06096086480165030402010500";
  assert.ok(
    message.includes(
      `303c06092a864886f70d010107302fa00f${sha256Algorithm}a11c301a06092a864886f70d010108${sha256Algorithm}`,
    ),
  );
  assert.ok(message.includes(`8020${sha256(spki).toString("hex")}`));
});

test("the message is strict DER, and two messages share neither key nor vector", async () => {
  const messages = await Promise.all([1, 2].map(() => envelopedDataFor(spki, Buffer.alloc(32))));
  assert.notDeepEqual(messages[0], messages[1]);
  const texts = messages.map((message) => openssl(message, "-cmsout", "-print").toString());
  const vectors = texts.map(
    (text) => /aes-256-cbc.*\s+parameter: OCTET STRING:\s+(.*)/.exec(text)?.[1],
  );
  assert.ok(vectors[0]);
  assert.notEqual(vectors[0], vectors[1]);
  for (const message of messages) assert.equal(readDer(message)?.[0]?.tag, tags.sequence);
});

test("RSA keys of 2,048 bits and more are recipients", async () => {
  for (const key of [publicKey, rsa(3072).publicKey, rsa(4096).publicKey]) {
    assert.ok(isRecipientKey(spkiOf(key)));
    const { length } = await envelopedDataFor(spkiOf(key), Buffer.alloc(4096));
    assert.ok(length <= 6144);
  }
});

test("other keys, and what is no key, are refused", () => {
  const pss = generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey;
  const ec = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey;
  for (const [why, given] of [
    ["RSA of 1,024 bits", spkiOf(rsa(1024).publicKey)],
    ["RSA of 2,047 bits", spkiOf(rsa(2047).publicKey)],
    ["RSA for PSS only", spkiOf(pss)],
    ["an elliptic curve", spkiOf(ec)],
    ["PKCS#1", publicKey.export({ type: "pkcs1", format: "der" })],
    ["a private key", privateKey.export({ type: "pkcs8", format: "der" })],
    ["a key and more", Buffer.concat([spki, Buffer.of(0)])],
    ["half a key", spki.subarray(0, 100)],
    ["nothing", Buffer.of()],
  ] as const)
    assert.equal(isRecipientKey(given), false, why);
});
