import * as assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { TestServer } from "../support/keywright.ts";
import { installed, runClient, withoutClient } from "./clients.ts";
import { openServer } from "./support.ts";

const script = fileURLToPath(new URL("boto3-flow.py", import.meta.url));

describe("boto3", { concurrency: true }, () => {
  let server: TestServer;
  let folder: string;
  before(async () => {
    server = await openServer();
    folder = join(server.folder, "..", "boto3");
    mkdirSync(folder);
  });

  for (const python of installed("python3"))
    test(`${python}: the way of a user`, async (context) => {
      const { code } = await runClient(server, folder, python, ["-c", "import boto3"]);
      if (code !== 0 && python !== "/usr/bin/python3") context.skip("it has no boto3");
      else if (code !== 0) withoutClient(context, "python3-boto3");
      else {
        const { out, error } = await runClient(server, folder, python, [script]);
        assert.match(out, /^boto3 .*: done$/m, error);
      }
    });
  test("the distribution's is tested", (context) => {
    if (!installed("python3").includes("/usr/bin/python3")) withoutClient(context, "python3");
  });
});
