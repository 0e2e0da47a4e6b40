import * as assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const folder = mkdtempSync(join(tmpdir(), "keywright-terminal-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const script = join(folder, "ask.ts");
const terminal = new URL("./terminal.ts", import.meta.url).href;
writeFileSync(
  script,
  `import { asking } from "${terminal}";
const ask = asking(process.stdin, (text) => process.stderr.write(text));
for (const [prompt, again] of [["One"], ["Two", "again"], ["Three"]])
  try {
    const secret = await ask(prompt, { again: again !== undefined });
    process.stdout.write(prompt + "=" + secret.toString("hex") + "\\n");
  } catch (error) {
    process.stdout.write(prompt + " failed: " + error.name + "\\n");
  }
`,
);

/** What the script prints for these lines on a standard input that is no terminal. */
function piped(input: string | Buffer): readonly string[] {
  const { stdout } = spawnSync(process.execPath, [script], { input });
  return stdout.toString().trim().split("\n");
}

const hex = (text: string): string => Buffer.from(text).toString("hex");

test("without a terminal every secret is a line of standard input, and a missing one is said to be", () => {
  assert.deepEqual(piped("a\nb b\r\n\u00e9"), [
    `One=${hex("a")}`,
    `Two=${hex("b b")}`,
    `Three=${hex("\u00e9")}`,
  ]);
  assert.deepEqual(piped("a\n"), [
    `One=${hex("a")}`,
    "Two failed: OperatorError",
    "Three failed: OperatorError",
  ]);
  assert.deepEqual(piped("\na\nb\n"), [
    "One failed: OperatorError",
    `Two=${hex("a")}`,
    `Three=${hex("b")}`,
  ]);
  assert.deepEqual(piped(`${"x".repeat(1_025)}\n`)[0], "One failed: OperatorError");
});

/** What a terminal shows while these keys are pressed, each when a prompt waits for it. */
async function typed(...lines: readonly string[]): Promise<string> {
  const child = spawn("script", ["-qec", `'${process.execPath}' '${script}'`, "/dev/null"]);
  let shown = "";
  const left = [...lines];
  let answered = 0;
  child.stdout.on("data", (bytes: Buffer) => {
    shown += bytes.toString();
    const prompts = shown.match(/(One|Two|Two, again|Three): /g)?.length ?? 0;
    for (; answered < prompts; answered++) child.stdin.write(left.shift() ?? "\u0004");
  });
  await new Promise((resolve) => child.on("close", resolve));
  return shown;
}

const needsTerminal = { skip: !existsSync("/usr/bin/script") && "needs script(1)" };

test(
  "a terminal shows nothing of what is typed, and corrections count",
  needsTerminal,
  async () => {
    const shown = await typed(
      "secret\u0008\u0008xy\u00e9\u007f\r",
      "again and again\r",
      "again and again\r",
      "last\n",
    );
    assert.ok(shown.includes(`One=${hex("secrxy")}`), shown);
    assert.ok(shown.includes(`Two=${hex("again and again")}`), shown);
    assert.ok(shown.includes(`Three=${hex("last")}`), shown);
    for (const secret of ["secr", "again and", "last"]) assert.ok(!shown.includes(secret), shown);
  },
);

test("a secret that is typed differently the second time is not taken", needsTerminal, async () => {
  const shown = await typed("first\r", "one thing\r", "another\r", "\u0003");
  assert.match(shown, /Two failed: OperatorError/);
  assert.match(shown, /Three failed: OperatorError/);
});
