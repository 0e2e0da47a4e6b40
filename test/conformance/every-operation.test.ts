import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { importRows } from "./every-operation-imports.ts";
import { keyRows } from "./every-operation-keys.ts";
import { Lab, reasons } from "./every-operation-lab.ts";
import { aliasRows, grantRows } from "./every-operation-names.ts";
import { storeSettingRows } from "./every-operation-store-settings.ts";
import { storeRows } from "./every-operation-stores.ts";
import { useRows } from "./every-operation-uses.ts";
import { documentedErrors, operationNames, outputMembers } from "./sdk-model.ts";
import { refused } from "./support.ts";

const rows = [
  ...keyRows,
  ...aliasRows,
  ...grantRows,
  ...useRows,
  ...importRows,
  ...storeRows,
  ...storeSettingRows,
];

/** Errors that every operation documents and none has an occasion for. */
const nowhere = {
  DependencyTimeoutException: reasons.noTimeout,
  KMSInternalException: reasons.noFault,
};

test("every operation of AWS's SDK has its row, and every error that it documents is provoked or excused", () => {
  assert.deepEqual(rows.map(({ operation }) => operation).toSorted(), operationNames);
  const missing = rows.flatMap(({ operation, errors }) => {
    const known = { ...nowhere, ...errors };
    return documentedErrors(operation)
      .filter((error) => !(error in known))
      .map((error) => `${operation}: ${error}`);
  });
  assert.deepEqual(missing, []);
  const foreign = rows.flatMap(({ operation, errors }) => {
    const documented = documentedErrors(operation);
    return Object.keys(errors)
      .filter((error) => !documented.includes(error))
      .map((error) => `${operation}: ${error}`);
  });
  assert.deepEqual(foreign, []);
});

describe("every operation through AWS's SDK", () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.open();
  });

  for (const { operation, request, answers, errors, alone = false } of rows) {
    const place = (): Lab => (alone ? lab.elsewhere() : lab);
    test(`${operation} answers with its members`, async () => {
      const here = place();
      const answer = await here.attempt(operation, { input: await request(here) });
      const present = Object.entries(answer).filter(([, value]) => value !== undefined);
      assert.deepEqual(present.map(([name]) => name).toSorted(), answers.toSorted());
      for (const name of answers) assert.ok(outputMembers(operation).includes(name), name);
    });

    for (const [error, provoke] of Object.entries(errors))
      if (typeof provoke !== "string")
        test(`${operation} refuses with ${error}`, async () => {
          const here = place();
          const { says = /(?:)/, ...attempt } = await provoke(here, request);
          const text = says === "" ? undefined : says;
          await refused(here.attempt(operation, attempt), error, text);
          here.backends.proxy.fault = undefined;
        });
  }
});
