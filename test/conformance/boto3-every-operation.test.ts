import * as assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { TestServer } from "../support/keywright.ts";
import { writeBotocoreModel } from "./botocore-model.ts";
import { installed, runClient, withoutClient } from "./clients.ts";
import type { Backends } from "./every-operation-backends.ts";
import { openBackends } from "./every-operation-backends.ts";
import { operationNames } from "./sdk-model.ts";
import { openServer } from "./support.ts";

const script = fileURLToPath(new URL("boto3-every-operation.py", import.meta.url));

describe("every operation through boto3 with AWS's newest model", { concurrency: true }, () => {
  let server: TestServer;
  let folder: string;
  let backends: Backends;
  before(async () => {
    backends = await openBackends();
    server = await openServer(undefined, backends.flags);
    folder = join(server.folder, "..", "boto3");
    mkdirSync(folder);
    writeBotocoreModel(folder);
  });

  /** Writes the settings of a run, which has a region for itself. */
  const settingsOf = (index: number): string => {
    const file = join(folder, `settings-${index}.json`);
    const at = `eu-west-${index + 1}`;
    const store = backends.external;
    const settings = { models: folder, operations: operationNames, region: at, store };
    writeFileSync(file, JSON.stringify(settings));
    return file;
  };

  for (const [index, python] of installed("python3").entries())
    test(`${python}: each on success and on a documented error`, async (context) => {
      const { code } = await runClient(server, folder, python, ["-c", "import boto3"]);
      if (code !== 0 && python !== "/usr/bin/python3") context.skip("it has no boto3");
      else if (code !== 0) withoutClient(context, "python3-boto3");
      else {
        const { out, error } = await runClient(server, folder, python, [script, settingsOf(index)]);
        context.diagnostic(out);
        assert.match(out, /^boto3 .*: all \d+ operations$/m, `${out}\n${error}`);
      }
    });
});
