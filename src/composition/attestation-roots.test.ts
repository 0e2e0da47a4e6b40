import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { issuePath, nitroTerms } from "../../test/support/attestation.ts";
import { OperatorError } from "../base/errors.ts";
import { readAttestationRoots } from "./attestation-roots.ts";

const folder = mkdtempSync(join(tmpdir(), "keywright-roots-"));
after(() => rmSync(folder, { recursive: true }));
const file = (content: string): string => {
  const path = join(folder, "roots.pem");
  writeFileSync(path, content);
  return path;
};

test("a file gives all of its certificates, whatever stands between them; no file gives none", () => {
  const certificates = issuePath(nitroTerms.slice(0, 2)).map(({ certificate }) => certificate);
  const content = certificates.map((each) => `# a root\r\n${each}`).join("\n");
  const read = readAttestationRoots(file(content));
  assert.deepEqual(
    read.map(({ fingerprint256 }) => fingerprint256),
    certificates.map(({ fingerprint256 }) => fingerprint256),
  );
  assert.deepEqual(readAttestationRoots(undefined), []);
});

test("a file that is missing, has no certificate or a malformed one is the operator's fault", () => {
  const fault = (message: RegExp) => (error: unknown) =>
    error instanceof OperatorError && message.test(error.message);
  assert.throws(() => readAttestationRoots(join(folder, "missing")), fault(/cannot read/));
  assert.throws(() => readAttestationRoots(file("")), fault(/no PEM certificate/));
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
  assert.throws(() => readAttestationRoots(file(broken)), fault(/certificate 1 is malformed/));
});
