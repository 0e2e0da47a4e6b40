import * as assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { installed, runClient, withoutClient } from "../conformance/clients.ts";
import { account, openServer } from "../conformance/support.ts";
import { keywright } from "../support/command.ts";
import { dayOf, dearPrices } from "./support.ts";

test("the AWS CLI and the program say the same of a running server's costs", async (context) => {
  const [program] = installed("aws");
  if (program === undefined) return withoutClient(context, "the AWS CLI");
  const prices = ["--prices", dearPrices()] as const;
  const server = await openServer(undefined, [prices]);
  const folder = join(server.folder, "..", "cli");
  mkdirSync(folder);
  const aws = async (...args: readonly string[]): Promise<string> => {
    const whole = ["--endpoint-url", server.url, "--output", "text", ...args];
    const { code, out, error } = await runClient(server, folder, program, whole);
    assert.equal(code, 0, error);
    return out.trim();
  };
  await aws("kms", "generate-random", "--number-of-bytes", "8", "--query", "Plaintext");
  await aws("kms", "generate-random", "--number-of-bytes", "8", "--query", "Plaintext");
  const now = new Date();
  const month = now.toISOString().slice(0, 7);
  const found = await aws(
    ...["ce", "get-cost-and-usage", "--granularity", "MONTHLY", "--metrics", "UnblendedCost"],
    ...["--time-period", `Start=${month}-01,End=${dayOf(now, 1)}`],
    ...["--group-by", "Type=DIMENSION,Key=SERVICE", "Type=DIMENSION,Key=OPERATION"],
    ...["--query", "ResultsByTime[0].Groups[].[Keys[0],Keys[1],Metrics.UnblendedCost.Amount]"],
  );
  assert.equal(found, "AWS Key Management Service\tGenerateRandom\t0.02");

  const cost = ["cost", "--data", server.folder, ...prices, "--json"];
  const { code, out, error } = await keywright(cost, folder);
  assert.equal(code, 0, error);
  const {
    rows: [row],
  } = JSON.parse(out) as { rows: Record<string, string>[] };
  assert.deepEqual(
    [row?.["account"], row?.["operation"], row?.["quantity"], row?.["cost"]],
    [account, "GenerateRandom", "2", "0.02"],
  );
});
