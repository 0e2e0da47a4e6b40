import * as assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { loadCryptoki } from "../../src/keystore/pkcs11/cryptoki.ts";
import type { TokenFault } from "../../src/keystore/pkcs11/protocol.ts";
import { cryptoki as ck } from "../../src/keystore/pkcs11/structures.ts";
import type { Token, TokenOptions } from "../../src/keystore/pkcs11/token.ts";
import { openToken } from "../../src/keystore/pkcs11/token.ts";
import { TokenError } from "../../src/keystore/pkcs11/token-error.ts";
import { foreignTokenUser } from "../support/foreign-token-user.ts";
import { softHsm } from "../support/softhsm.ts";

const pin = "kmsuser-1";
const label = "cluster one";
const hsm = softHsm();
hsm.addToken(label, pin);
const foreign = await foreignTokenUser(hsm.module, label, pin);

const opened: Token[] = [];
after(async () => {
  for (const token of opened) await token.close();
  hsm.remove();
});

async function open(changed: Partial<TokenOptions> & { readonly user?: string } = {}) {
  const token = await openToken({
    module: hsm.module,
    label,
    pin: Buffer.from(changed.user ?? pin),
    ...changed,
  });
  opened.push(token);
  return token;
}

const refusesWith = (fault: TokenFault, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof TokenError);
  assert.equal(error.fault, fault);
  assert.match(error.message, message);
  assert.ok(!error.message.includes(pin));
  return true;
};

test("a key made in the token computes the same MAC in every later session", async () => {
  const token = await open();
  const { handle } = await token.generateKey("key-1", "hmac");
  assert.match(handle, /^\d+$/);
  const mac = await token.hmac("key-1", Buffer.from("message"));
  assert.equal(mac.length, 32);
  assert.notDeepEqual(await token.hmac("key-1", Buffer.from("another")), mac);
  await token.close();
  assert.deepEqual(await (await open()).hmac("key-1", Buffer.from("message")), mac);
});

test("AES-256-GCM in the token opens with the same key, bound bytes and every bit, and never repeats a nonce", async () => {
  const token = await open();
  await token.generateKey("aes-1", "aes");
  await token.generateKey("aes-2", "aes");
  const bound = Buffer.from("deployment");
  for (const plaintext of [Buffer.alloc(0), Buffer.from("x"), Buffer.alloc(4096, 7)]) {
    const sealed = await token.encrypt("aes-1", plaintext, bound);
    assert.equal(sealed.ciphertext.length, plaintext.length + 16);
    assert.deepEqual(await token.decrypt("aes-1", sealed, bound), plaintext);
    assert.equal(await token.decrypt("aes-2", sealed, bound), undefined);
    assert.equal(await token.decrypt("aes-1", sealed, Buffer.from("other")), undefined);
    const flipped = Buffer.from(sealed.ciphertext);
    flipped[0] = (flipped[0] ?? 0) ^ 1;
    assert.equal(
      await token.decrypt("aes-1", { ...sealed, ciphertext: flipped }, bound),
      undefined,
    );
  }
  const sealings = await Promise.all(
    Array.from({ length: 50 }, () => token.encrypt("aes-1", Buffer.from("x"), bound)),
  );
  const nonces = sealings.map(({ nonce }) => Buffer.from(nonce).toString("hex"));
  assert.equal(new Set(nonces).size, 50);
});

test("the MAC is HMAC-SHA-256 as others compute it", async () => {
  const value = "0123456789abcdef0123456789abcdef";
  foreign.plant("known", ck.CKK_GENERIC_SECRET, value, false);
  const message = Buffer.from("message");
  const expected = createHmac("sha256", value).update(message).digest();
  assert.deepEqual(await (await open()).hmac("known", message), expected);
});

test("the token gives the bytes of our keys to nobody, and a key that it would give is none of ours", async () => {
  const token = await open();
  await token.generateKey("secret-mac", "hmac");
  await token.generateKey("secret-aes", "aes");
  const sensitive = 0x11;
  for (const name of ["secret-mac", "secret-aes"])
    assert.deepEqual(foreign.readOut(name), { value: sensitive, bytes: Buffer.alloc(32) });
  foreign.plant("planted", ck.CKK_GENERIC_SECRET, "0123456789abcdef0123456789abcdef", true);
  const later = await open();
  assert.equal(await later.hasKey("planted", "hmac"), false);
  await assert.rejects(
    later.hmac("planted", Buffer.from("x")),
    refusesWith("INTERNAL_ERROR", /has no key `planted`/),
  );
});

test("two keys of one name are refused: which one is meant cannot be known", async () => {
  const token = await open();
  await token.generateKey("double", "hmac");
  foreign.plant("double", ck.CKK_GENERIC_SECRET, "0123456789abcdef0123456789abcdef", false);
  await assert.rejects(
    token.hmac("double", Buffer.from("x")),
    refusesWith("INTERNAL_ERROR", /several keys `double`/),
  );
});

test("a name is given once, and a destroyed key is gone from every session", async () => {
  const [token, other] = [await open(), await open()];
  await token.generateKey("once", "hmac");
  await assert.rejects(token.generateKey("once", "hmac"), refusesWith("INTERNAL_ERROR", /already/));
  await other.hmac("once", Buffer.from("x"));
  assert.equal(await token.destroyKey("once", "hmac"), true);
  assert.equal(await token.destroyKey("once", "hmac"), false);
  const gone = refusesWith("INTERNAL_ERROR", /has no key `once`/);
  await assert.rejects(token.hmac("once", Buffer.from("x")), gone);
  await assert.rejects(other.hmac("once", Buffer.from("x")), gone);
});

test("random bytes come in the length asked for and differ", async () => {
  const token = await open();
  const [one, two] = [await token.randomBytes(1024), await token.randomBytes(1024)];
  assert.equal(one.length, 1024);
  assert.notDeepEqual(one, two);
});

test("a wrong PIN, an unknown token and a missing module are told apart, and no process stays", async () => {
  const before = children();
  const cases = [
    [{ user: "not-the-pin" }, "INVALID_CREDENTIALS", /CKR_PIN_INCORRECT/],
    [{ label: "cluster two" }, "CLUSTER_NOT_FOUND", /no token is labelled `cluster two`/],
    [{ module: "/no/such/module.so" }, "INTERNAL_ERROR", /cannot load .*no such file/i],
    [{ module: process.execPath }, "INTERNAL_ERROR", /PKCS#11 module/],
  ] as const;
  for (const [changed, fault, message] of cases)
    await assert.rejects(open(changed), refusesWith(fault, message));
  assert.deepEqual(children(), before);
});

test("two tokens of one label are refused: which one holds the keys cannot be known", async () => {
  hsm.addToken("twin", pin);
  hsm.addToken("twin", pin);
  await assert.rejects(open({ label: "twin" }), refusesWith("CLUSTER_NOT_FOUND", /several tokens/));
});

test("calls of a module that hangs fail by the deadline, its process is killed, and a new one works", async () => {
  await (await open()).generateKey("hanging", "hmac");
  // Nothing has to be done by this deadline: the module hangs before it gets the first call.
  const token = await open({ deadline: 1_000 });
  assert.ok(token.pid);
  process.kill(token.pid, "SIGSTOP");
  const calls = Array.from({ length: 20 }, () => token.hmac("hanging", Buffer.from("x")));
  const results = await Promise.allSettled(calls);
  assert.ok(
    results.every(
      (result) =>
        result.status === "rejected" &&
        refusesWith("NETWORK_ERRORS", /did not answer hmac within 1000 ms/)(result.reason),
    ),
  );
  assert.equal((await token.lost).fault, "NETWORK_ERRORS");
  await token.close();
  assert.ok(!children().includes(token.pid));
  await assert.rejects(token.hmac("hanging", Buffer.from("x")), TokenError);
  assert.equal((await (await open()).hmac("hanging", Buffer.from("x"))).length, 32);
});

test("calls of a module that crashes fail at once, and a new process works", async () => {
  const token = await open();
  await token.generateKey("crashing", "hmac");
  const call = token.hmac("crashing", Buffer.from("x"));
  assert.ok(token.pid);
  process.kill(token.pid, "SIGKILL");
  await assert.rejects(
    call.then(() => token.hmac("crashing", Buffer.from("x"))),
    refusesWith("INTERNAL_ERROR", /ended \(SIGKILL\)/),
  );
  assert.equal((await token.lost).lost, true);
  assert.equal((await (await open()).hmac("crashing", Buffer.from("x"))).length, 32);
});

test("more calls than the queue holds are refused, and those in it are answered", async () => {
  const token = await open();
  await token.generateKey("busy", "hmac");
  const results = await Promise.allSettled(
    Array.from({ length: 400 }, () => token.hmac("busy", Buffer.from("x"))),
  );
  const refused = results.filter((each) => each.status === "rejected");
  assert.ok(refused.length > 0 && refused.length < 200);
  for (const { reason } of refused) refusesWith("NETWORK_ERRORS", /too many calls/)(reason);
  await token.hmac("busy", Buffer.from("x"));
});

test("a module stays loaded, whatever the collector frees", () => {
  // A library of its own: the usual one is held by others here.
  const copy = join(hsm.folder, "copy.so");
  copyFileSync(hsm.module, copy);
  loadCryptoki(copy);
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  assert.ok(readFileSync("/proc/self/maps", "utf8").includes(copy));
});

test("the PIN is in no argument and no variable of the module's process", async () => {
  const token = await open();
  const seen = execFileSync("cat", [`/proc/${token.pid}/cmdline`, `/proc/${token.pid}/environ`]);
  assert.ok(seen.includes("module-process"));
  assert.ok(!seen.includes(pin));
});

/** A service that opens a token and prints its process id when it is open. */
function startService(environment: object = {}) {
  const script = `
    const { openToken } = await import(${JSON.stringify(import.meta.resolve("../../src/keystore/pkcs11/token.ts"))});
    const options = ${JSON.stringify({ module: hsm.module, label })};
    const token = await openToken({ ...options, pin: Buffer.from("${pin}") });
    process.stdout.write(String(token.pid));
  `;
  return spawn(process.execPath, ["--input-type=module", "-e", script], {
    env: { ...process.env, ...environment },
  });
}

/** A configuration of SoftHSM that nobody ever finishes writing: whoever reads it waits. */
function endlessConfiguration(): string {
  const path = join(hsm.folder, "endless.conf");
  execFileSync("mkfifo", [path]);
  return path;
}

test("the process of a module ends with the service", async () => {
  const service = startService();
  const [printed] = await once(service.stdout, "data");
  const pid = Number(printed);
  assert.ok(isRunning(pid));
  service.kill("SIGKILL");
  await once(service, "close");
  while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
});

test("a module that waits for ever in its own code is given up, and ends with the service, too", async () => {
  const usual = process.env["SOFTHSM2_CONF"];
  const endless = endlessConfiguration();
  process.env["SOFTHSM2_CONF"] = endless;
  const before = children();
  await assert.rejects(
    open({ deadline: 100 }),
    refusesWith("NETWORK_ERRORS", /did not answer open within 1000 ms/),
  );
  assert.deepEqual(children(), before);
  process.env["SOFTHSM2_CONF"] = usual;

  const service = startService({ SOFTHSM2_CONF: endless });
  const stuckIn = (): readonly number[] => children(service.pid).filter(holdsModule);
  while (stuckIn().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const [pid = 0] = stuckIn();
  service.kill("SIGKILL");
  await once(service, "close");
  while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
});

/** Whether a process has loaded the module, which then reads its configuration. */
function holdsModule(pid: number): boolean {
  return readFileSync(`/proc/${pid}/maps`, "utf8").includes("softhsm");
}

function isRunning(pid: number): boolean {
  const [, state] = /^State:\s+(\w)/m.exec(readStatus(pid)) ?? [];
  return state !== undefined && state !== "Z";
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    // No such process.
    return "";
  }
}

/** Process ids of the processes that this one started and that are still there. */
function children(parent = process.pid): readonly number[] {
  const { stdout: list } = spawnSync("ps", ["-o", "pid=,comm=", "--ppid", String(parent)], {
    encoding: "utf8",
  });
  return list
    .split("\n")
    .filter((line) => line !== "" && !line.endsWith(" ps"))
    .map((line) => Number.parseInt(line, 10));
}
