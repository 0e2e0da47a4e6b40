import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import type { Started } from "../support/command.ts";
import { keywright, start } from "../support/command.ts";
import { accessKeys, startKeywright } from "../support/keywright.ts";
import { softHsm } from "../support/softhsm.ts";

const page = readFileSync(new URL("../../docs/key-ceremony.md", import.meta.url), "utf8");
const documented = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = ""]) =>
  block.trim().split("\n"),
);

const folder = mkdtempSync(join(tmpdir(), "kw-"));
// Hooks run in this order: the folder goes when nobody is in it.
after(stop);
after(() => rmSync(folder, { recursive: true, force: true }));
for (const each of ["backup", "etc"]) mkdirSync(join(folder, each));
const hsm = softHsm();
after(() => hsm.remove());
writeFileSync(join(folder, "etc", "pin"), "1234\n", { mode: 0o600 });

/** The machine that the page is written for, moved into the folder of this test. */
const places: readonly (readonly [string, string])[] = [
  ["/var/lib/keywright", join(folder, "data")],
  ["/backup/", join(folder, "backup/")],
  ["/etc/keywright/", join(folder, "etc/")],
  ["/usr/lib/softhsm/libsofthsm2.so", hsm.module],
];
const environment: Record<string, string> = {
  SOFTHSM2_CONF: process.env["SOFTHSM2_CONF"] ?? "",
  // Any free port; the page leaves the listen address at its default.
  KEYWRIGHT_LISTEN: "127.0.0.1:0",
};
let server: Started | undefined;

const here = (text: string): string =>
  places.reduce((moved, [from, to]) => moved.replaceAll(from, to), text);

/** Runs one line of the page, with what people type, and returns what it printed. A running server is stopped for it if need be. */
async function perform(line: string, typed: readonly string[], code: number): Promise<string> {
  const [program = "", ...args] = here(line).split(" ");
  const [, variable, value = ""] = /^export (\w+)=(.*)$/.exec(here(line)) ?? [];
  if (variable !== undefined) {
    environment[variable] = value;
    return "";
  }
  if (!/^keywright (status|seal|unseal)/.test(line)) await stop();
  if (program !== "keywright")
    return execFileSync(program, args, {
      encoding: "utf8",
      env: { ...process.env, ...environment },
    });
  if (line === "keywright serve") {
    server = start(args, folder, { environment });
    await server.printed(/Ctrl-C stops it/);
    return server.out();
  }
  const input = typed.map((each) => `${each}\n`).join("");
  const finished = await keywright(args, folder, { environment, input });
  assert.equal(finished.code, code, `${line}: ${finished.error}`);
  return finished.out + finished.error;
}

async function stop(): Promise<void> {
  const stopped = await server?.stop();
  server = undefined;
  assert.equal(stopped?.code ?? 0, 0);
}
const sharesIn = (printed: string): readonly string[] =>
  [...printed.matchAll(/^share \d+ +(kw1-\S+)$/gm)].map(([, share = ""]) => share);

test("the commands of docs/key-ceremony.md work as they stand there", async (t) => {
  const other = await startKeywright();
  t.after(() => other.close());
  const { KeyMetadata } = await other.client("admin").send(new CreateKeyCommand({}));
  const left = [...documented];
  /** The next line of the page must be this one. */
  const next = (line: string, typed: readonly string[] = [], code = 0): Promise<string> => {
    assert.equal(left.shift(), line);
    return perform(line, typed, code);
  };
  const exported = async (name: string): Promise<void> => {
    const line = left.shift() ?? "";
    assert.ok(line.startsWith(`export ${name}=`), line);
    await perform(line, [], 0);
  };

  await exported("KEYWRIGHT_DATA");
  const old = sharesIn(await next("keywright init --root-shares 3/5"));
  assert.equal(old.length, 5);
  assert.match(await next("keywright serve"), /SEALED/);
  assert.match(await next("keywright status", [], 1), /not ready: sealed/);
  assert.match(await next("keywright unseal", old.slice(2)), /2 of 3 shares\nserver +unsealed/);
  assert.match(await next("keywright seal"), /sealed/);
  assert.match(await next("keywright unseal", old.slice(0, 3)), /unsealed/);
  await stop();
  await next("cp -a /var/lib/keywright /backup/keywright");
  assert.match(await next("keywright rotate-root", old.slice(1)), /root key +version 2/);

  const renewal = await next("keywright root-sources --renew shares --root-shares 3/5", old);
  const shares = sharesIn(renewal);
  assert.equal(shares.length, 5);
  const refused = await perform("keywright rotate-root", old, 1);
  assert.match(refused, /from before the shares were renewed/);
  assert.match(await next("keywright rotate-root", shares), /root key +version 3/);

  const words = "five random words for tests";
  const added = await next("keywright root-sources --add passphrase", [
    ...shares.slice(0, 3),
    words,
  ]);
  assert.match(added, /passphrase/);
  assert.match(await perform("keywright serve", [], 0), /SEALED/);
  assert.match(await perform("keywright unseal --passphrase", [words], 0), /unsealed/);
  assert.match(await next("keywright root-sources"), /shares +any 3 of 5/);
  await next("keywright root-sources --remove passphrase", [words]);

  await next("softhsm2-util --init-token --free --label keywright --so-pin 5678 --pin 1234");
  for (const name of ["MODULE", "LABEL", "PIN_FROM"])
    await exported(`KEYWRIGHT_ROOT_TOKEN_${name}`);
  await next("keywright root-sources --add token", shares);
  assert.doesNotMatch(await next("keywright serve"), /SEALED/);
  await next("keywright root-sources --remove shares");
  assert.match(await next("keywright rotate-root"), /version 4, wrapped by token/);

  await exported("KEYWRIGHT_ROOT_KMS_KEY");
  await exported("KEYWRIGHT_ROOT_KMS_ENDPOINT");
  const { accessKeyId, secretAccessKey } = accessKeys.admin;
  Object.assign(environment, {
    KEYWRIGHT_ROOT_KMS_KEY: KeyMetadata?.Arn,
    KEYWRIGHT_ROOT_KMS_ENDPOINT: other.url,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
  assert.match(await next("keywright root-sources --add kms"), /token +key.*\nkms +arn:aws:kms/);

  await next("rm -r /var/lib/keywright");
  await next("cp -a /backup/keywright /var/lib/keywright");
  chmodSync(join(folder, "data"), 0o700);
  assert.match(await next("keywright serve"), /SEALED/);
  assert.match(await next("keywright unseal", old), /unsealed/);
  await stop();
  assert.match(await next("keywright verify-audit", old), /journal +intact/);
  assert.deepEqual(left, []);
});
