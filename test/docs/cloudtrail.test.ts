import * as assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { readBuckets } from "../../src/composition/buckets.ts";
import { installed, runClient, withoutClient } from "../conformance/clients.ts";
import { awsEndpoints } from "../support/aws-endpoints.ts";
import { startKeywright, testSeed } from "../support/keywright.ts";

const page = readFileSync(new URL("../../docs/cloudtrail.md", import.meta.url), "utf8");
const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, commands = ""]) => commands);

test("the way from a bucket to a verdict is as the page says", async (t) => {
  const aws = installed("aws").at(-1);
  if (aws === undefined) return withoutClient(t, "aws");
  // What takes five minutes and an hour on the page takes a second here.
  const often = [
    ["--trail-files-every", "1"],
    ["--trail-digests-every", "1"],
  ] as const;
  const server = await startKeywright(testSeed, often);
  const endpoints = await awsEndpoints(server);
  const folder = mkdtempSync(join(tmpdir(), "keywright-page-"));
  try {
    writeFileSync(join(folder, "aws"), `#!/bin/sh\nexec "${aws}" "$@"\n`);
    chmodSync(join(folder, "aws"), 0o755);
    const PATH = [folder, process.env["PATH"]].join(delimiter);
    const environment = { ...endpoints.environment, PATH };
    const [bucket = "", trail = "", verdict = "", ...others] = blocks;
    assert.deepEqual(others, []);
    const commands = (...parts: readonly string[]) => ["-e", "-c", parts.join("")];
    const first = await runClient(server, folder, "/bin/sh", commands(bucket, trail), environment);
    assert.equal(first.code, 0, first.error);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await server.deliver();
    const names = bucket.split("\n").slice(0, 2).join("\n");
    const last = commands(names, "\n", verdict);
    const { code, out, error } = await runClient(server, folder, "/bin/sh", last, environment);
    assert.equal(code, 0, out + error);
    assert.match(out, /"IsLogging": true/);
    assert.match(out, /\d+\/\d+ digest files valid\n\d+\/\d+ log files valid\n/);
  } finally {
    await endpoints.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the file that says where buckets are kept is read as the page says", () => {
  const [, file = ""] = /^```yaml\n([\s\S]*?)^```$/m.exec(page) ?? [];
  const folder = mkdtempSync(join(tmpdir(), "keywright-page-"));
  try {
    const path = join(folder, "buckets.yaml");
    writeFileSync(path, file);
    const account = "111122223333";
    const remote = {
      endpoint: "https://minio.example.com:9000",
      bucket: "compliance-logs",
      region: "eu-central-1",
      credentials: join(folder, "minio.yaml"),
      ca: join(folder, "ca.pem"),
    };
    assert.deepEqual(readBuckets(path), [
      { name: "audit-logs", account, kept: { directory: "/srv/audit" } },
      { name: "compliance-logs", account, kept: remote },
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
