import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { OperatorError } from "../base/errors.ts";
import type { Environment } from "../config.ts";
import { configured, options } from "../config-table.ts";
import type { AuditFilter, Commands, CostQuestion, CostReport, Question } from "./commands.ts";
import { optionsTable } from "./help.ts";
import { run } from "./run.ts";

const healthy = {
  facts: [
    ["data", "/d"],
    ["root key", "/d/root.key"],
  ],
  problems: [],
} as const;

const quiet: Commands = {
  init: async () => healthy,
  serve: async () => {},
  start: async () => {},
  status: async () => healthy,
  verifyAudit: async () => healthy,
  prove: async () => "",
  async *audit() {},
  explain: async () => ({ decision: "allow", because: [] }),
  unseal: async () => healthy,
  seal: async () => healthy,
  rootSources: async () => healthy,
  rotateRoot: async () => healthy,
  cost: () => ({ month: "2026-01", unfinished: false, total: "0.00", rows: [] }),
  witness: async () => {},
};

interface Outcome {
  readonly code: number;
  readonly out: readonly string[];
  readonly error: readonly string[];
}

async function keywright(
  line: string,
  commands: Partial<Commands> = {},
  environment: Environment = {},
): Promise<Outcome> {
  const out: string[] = [];
  const error: string[] = [];
  const io = {
    environment,
    workingDirectory: "/srv",
    clock: () => new Date("2026-01-31T12:00:00Z"),
    ask: () => Promise.reject(new Error("nobody is asked")),
    out: (text: string) => void out.push(...text.split("\n")),
    error: (text: string) => void error.push(...text.split("\n")),
  };
  const argv = line.split(" ").filter((word) => word !== "");
  const code = await run(argv, io, { ...quiet, ...commands });
  return { code, out, error };
}

test("every command has a help text within 100 columns that names its options and variables", async () => {
  for (const name of configured) {
    const { code, out } = await keywright(`help ${name}`);
    assert.equal(code, 0);
    assert.deepEqual(
      out.filter((line) => line.length > 100),
      [],
    );
    for (const option of options.filter((row) => row.commands.includes(name))) {
      assert.ok(
        out.some((line) => line.startsWith(`  ${option.flag}`)),
        option.flag,
      );
      assert.ok(
        out.some((line) => line.includes(option.variable)),
        option.variable,
      );
    }
  }
});

test("help COMMAND, COMMAND --help and COMMAND -h print the same, whatever else is wrong", async () => {
  const { out } = await keywright("help audit");
  for (const line of ["audit --help", "audit --bogus -h", "--help audit"])
    assert.deepEqual((await keywright(line)).out, out);
});

test("help lists every command", async () => {
  const { code, out } = await keywright("help");
  assert.equal(code, 0);
  for (const name of [...configured, "version", "help"])
    assert.ok(
      out.some((line) => line.startsWith(`  ${name} `)),
      name,
    );
});

test("the table in docs/configuration.md is the table of options", () => {
  const page = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");
  const [, section = ""] = /<!-- options -->\n([\s\S]*)\n<!-- \/options -->/.exec(page) ?? [];
  assert.equal(section, optionsTable());
});

test("version prints the version of package.json", async () => {
  for (const line of ["version", "--version"])
    assert.match((await keywright(line)).out.join("\n"), /^keywright \d+\.\d+\.\d+$/);
});

for (const [line, message] of [
  ["", "a command is missing"],
  ["strat", "unknown command `strat`; did you mean `start`?"],
  ["--listen :1", "unknown command `--listen`"],
  ["serve --lisen :1", "unknown option `--lisen`; did you mean `--listen`?"],
  ["status --seed x", "unknown option `--seed`"],
  ["serve -l", "unknown option `-l`"],
  ["serve now", "unexpected argument `now`"],
  ["serve --listen", "--listen needs a value"],
  ["serve --data --listen :1", "--data needs a value"],
  ["serve --data a --data b", "--data is given twice"],
  ["serve --listen nonsense", "--listen: must be"],
  ["audit --limit 0", "--limit must be"],
  ["audit --since yesterday", "--since must be"],
  ["root-sources --add", "--add needs a value"],
  ["root-sources --add paper", "--add must be one of file, passphrase, shares, token, kms"],
  ["root-sources --add file --remove kms", "--add, --renew and --remove exclude each other"],
  ["seal --root-key-file k", "unknown option `--root-key-file`"],
  ["init --root-shares 1/3", "--root-shares: must be K/N"],
  ["audit --since 2026-02-31T25:00:00Z", "--since must be"],
  ["audit --key=", "--key needs a value"],
  ["audit --key alias/lab", "--key takes a key id or key ARN"],
  ["audit --key arn:aws:kms:us-east-1:111122223333:alias/lab", "--key takes a key id or key ARN"],
  ["cost --month 2026-13", "--month must be"],
  ["cost --account me", "--account must be"],
  ["cost --root-key-file k", "unknown option `--root-key-file`"],
  ["explain --action kms:Decrypt", "--principal is required"],
  ["explain --principal bob --action kms:Decrypt", "--principal must be an ARN"],
  ["explain --principal arn:aws:iam::1:root --action Decrypt", "--action must be"],
  [
    "explain --principal arn:aws:iam::1:root --action kms:Decrypt --encryption-context a=1 a=2",
    "--encryption-context has `a` twice",
  ],
  [
    "explain --principal arn:aws:iam::1:root --action kms:Decrypt --condition x",
    "--condition needs",
  ],
] as const) {
  test(`wrong usage exits with 2 and points to help: keywright ${line}`, async () => {
    const { code, out, error } = await keywright(line);
    assert.equal(code, 2);
    assert.deepEqual(out, []);
    assert.ok(error[0]?.startsWith(`keywright: ${message}`), `${error[0]}`);
    assert.match(error.at(-1) ?? "", /^keywright: see: keywright help/);
  });
}

test("a flag takes its value from the next word or after an equals sign, and a switch takes none", async () => {
  const seen: unknown[] = [];
  const serve: Commands["serve"] = async ({ data, behindTlsProxy }) =>
    void seen.push([data, behindTlsProxy]);
  await keywright("serve --data a --behind-tls-proxy", { serve });
  await keywright("serve --data=b=c --behind-tls-proxy=false", { serve });
  assert.deepEqual(seen, [
    ["/srv/a", true],
    ["/srv/b=c", false],
  ]);
});

test("findings are printed in aligned columns", async () => {
  const { code, out } = await keywright("status");
  assert.deepEqual([code, out], [0, ["data      /d", "root key  /d/root.key"]]);
});

test("findings with a problem exit with 1 and print it on stderr", async () => {
  const verifyAudit: Commands["verifyAudit"] = async () => ({
    facts: [],
    problems: ["record 3 was changed"],
  });
  const { code, error } = await keywright("verify-audit", { verifyAudit });
  assert.deepEqual([code, error], [1, ["keywright: record 3 was changed"]]);
});

test("audit prints a record a line, and hands over its filters", async () => {
  const filters: AuditFilter[] = [];
  const audit: Commands["audit"] = async function* (_config, filter) {
    filters.push(filter);
    yield { eventName: "Decrypt" };
    yield { eventName: "Encrypt" };
  };
  const words = "--event-name Decrypt --key k --user u --access-key a --since 2h --limit 5";
  const { code, out } = await keywright(`audit ${words}`, { audit });
  assert.deepEqual([code, out], [0, ['{"eventName":"Decrypt"}', '{"eventName":"Encrypt"}']]);
  const since = new Date("2026-01-31T10:00:00Z");
  assert.deepEqual(filters, [
    { eventName: "Decrypt", key: "k", user: "u", accessKey: "a", since, limit: 5 },
  ]);
});

test("--since takes a date or a time with its zone", async () => {
  const seen: unknown[] = [];
  const audit: Commands["audit"] = async function* (_config, { since }) {
    seen.push(since?.toISOString());
    yield {};
  };
  await keywright("audit --since 2026-01-02", { audit });
  await keywright("audit --since 2026-01-02T03:04:05+01:00", { audit });
  assert.deepEqual(seen, ["2026-01-02T00:00:00.000Z", "2026-01-02T02:04:05.000Z"]);
});

test("explain asks its question, prints the reasons, and exits with 1 for deny", async () => {
  const asked: Question[] = [];
  const explain: Commands["explain"] = async (_config, question) => {
    asked.push(question);
    return { decision: "deny", because: ["no statement allows it"] };
  };
  const { code, out } = await keywright(
    "explain --principal arn:aws:iam::1:user/a --action kms:Decrypt --region eu-west-1 " +
      "--encryption-context a=1 b=x=y --condition k=1 --condition k=2 __proto__=3",
    { explain },
  );
  assert.deepEqual(
    [code, out],
    [1, ["deny: arn:aws:iam::1:user/a kms:Decrypt *", "  no statement allows it"]],
  );
  assert.deepEqual(asked[0]?.encryptionContext, { a: "1", b: "x=y" });
  assert.deepEqual(Object.entries(asked[0]?.conditions ?? {}), [
    ["k", ["1", "2"]],
    ["__proto__", ["3"]],
  ]);
  assert.equal(asked[0]?.region, "eu-west-1");
});

test("an operator's fault exits with 1 and prints each of its lines without a stack", async () => {
  const init: Commands["init"] = () =>
    Promise.reject(new OperatorError("a.yaml:1: x\na.yaml:2: y"));
  const { code, error } = await keywright("init --log-level debug", { init });
  assert.deepEqual([code, error], [1, ["keywright: a.yaml:1: x", "keywright: a.yaml:2: y"]]);
});

test("a fault of ours exits with 70, and prints its stack only when debugging", async () => {
  const serve: Commands["serve"] = () => Promise.reject(new TypeError("boom"));
  const plain = await keywright("serve", { serve });
  assert.equal(plain.code, 70);
  assert.equal(plain.error[0], "keywright: boom");
  assert.ok(!plain.error.some((line) => line.includes("run.test.ts")));
  const debug = await keywright("serve", { serve }, { KEYWRIGHT_LOG_LEVEL: "debug" });
  assert.equal(debug.code, 70);
  assert.ok(debug.error.some((line) => line.includes("run.test.ts")));
});

test("cost says that nothing is to be paid, and prints a row for each use", async () => {
  const asked: CostQuestion[] = [];
  const key = "arn:aws:kms:us-east-1:111122223333:key/1";
  const used = { account: "111122223333", region: "us-east-1", key };
  const report: CostReport = {
    month: "2026-01",
    unfinished: true,
    total: "1.03",
    rows: [
      { ...used, operation: "", quantity: "1", unit: "Keys", cost: "1" },
      { ...used, key: "", operation: "ListKeys", quantity: "9", unit: "Requests", cost: "0.03" },
    ],
  };
  const cost: Commands["cost"] = (_config, question) => {
    asked.push(question);
    return report;
  };
  assert.deepEqual((await keywright("cost", { cost })).out, [
    "On AWS, 2026-01 so far would have cost 1.03 USD. You pay nothing.",
    "",
    "USD   ACCOUNT       QUANTITY  OPERATION         KEY",
    `1     111122223333  1 months  (the key itself)  ${key}`,
    "0.03  111122223333  9         ListKeys          (no key, us-east-1)",
  ]);
  const json = await keywright("cost --month 2025-12 --account 111122223333 --json", { cost });
  assert.deepEqual(JSON.parse(json.out.join("")), report);
  assert.deepEqual(asked, [
    { within: Date.parse("2026-01-31T12:00:00Z") / 1_000, account: undefined },
    { within: Date.parse("2025-12-01") / 1_000, account: "111122223333" },
  ]);
});
