import * as assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { installed, runClient, withoutClient } from "../conformance/clients.ts";
import { connect, createKey, openServer } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";

const page = readFileSync(new URL("../../docs/batching.md", import.meta.url), "utf8");
const block = (language: string): string =>
  new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(page)?.[1] ?? "";

describe("docs/batching.md", () => {
  let server: TestServer;
  let folder: string;
  before(async () => {
    server = await openServer();
    folder = join(server.folder, "..");
    const kms = connect(server);
    const { id: TargetKeyId } = await createKey(kms);
    await kms.createAlias({ AliasName: "alias/app", TargetKeyId });
  });

  test("curl sends a batch as the page says", async (context) => {
    const [curl] = installed("curl");
    if (curl === undefined) return withoutClient(context, "curl");
    const environment = { AWS_ENDPOINT_URL: server.url };
    const commands = ["-e", "-c", block("sh")];
    const { code, out, error } = await runClient(server, folder, "/bin/sh", commands, environment);
    assert.equal(code, 0, error);
    const { Results } = JSON.parse(out) as { readonly Results: readonly { Output?: object }[] };
    assert.deepEqual(
      Results.map(({ Output = {} }) => "CiphertextBlob" in Output),
      [true, true],
    );
  });

  for (const python of installed("python3"))
    test(`boto3 of ${python} sends a batch as the page says`, async (context) => {
      const { code } = await runClient(server, folder, python, ["-c", "import boto3"]);
      if (code !== 0) return context.skip("it has no boto3");
      const script = join(folder, "batch.py");
      // Older ones do not read the endpoint from the environment.
      const client = `boto3.client("kms", endpoint_url="${server.url}")`;
      writeFileSync(script, block("python").replace('boto3.client("kms")', client));
      const { out, error } = await runClient(server, folder, python, [script]);
      assert.equal(new Set(out.trim().split("\n")).size, 100, error);
    });
});
