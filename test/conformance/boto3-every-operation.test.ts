import * as assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { TestServer } from "../support/keywright.ts";
import { writeBotocoreModel } from "./botocore-model.ts";
import { installed, runClient, withoutClient } from "./clients.ts";
import { operationNames } from "./sdk-model.ts";
import { openServer } from "./support.ts";

const script = fileURLToPath(new URL("boto3-every-operation.py", import.meta.url));

describe("every operation through boto3 with AWS's newest model", { concurrency: true }, () => {
  let server: TestServer;
  let folder: string;
  let settings: string;
  before(async () => {
    server = await openServer();
    folder = join(server.folder, "..", "boto3");
    mkdirSync(folder);
    writeBotocoreModel(folder);
    settings = join(folder, "settings.json");
    writeFileSync(settings, JSON.stringify({ models: folder, operations: operationNames }));
  });

  for (const python of installed("python3"))
    test(`${python}: each on success and on a documented error`, async (context) => {
      const { code } = await runClient(server, folder, python, ["-c", "import boto3"]);
      if (code !== 0 && python !== "/usr/bin/python3") context.skip("it has no boto3");
      else if (code !== 0) withoutClient(context, "python3-boto3");
      else {
        const { out, error } = await runClient(server, folder, python, [script, settings]);
        context.diagnostic(out);
        assert.match(out, /^boto3 .*: all \d+ operations$/m, `${out}\n${error}`);
      }
    });
});
