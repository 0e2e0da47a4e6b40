import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, afterEach, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import { account, connect, createKey, day, openServer, refused } from "../conformance/support.ts";
import { makeAuthority } from "../support/authority.ts";
import { filesIn } from "../support/files.ts";
import { foreignTokenUser } from "../support/foreign-token-user.ts";
import { softHsm } from "../support/softhsm.ts";
import { startXksProxy } from "../support/xks-proxy.ts";
import { invalidState } from "./lab.ts";
import {
  clusterFlags,
  connectStore,
  createStore,
  describe,
  disconnectStore,
  externalStore,
  password,
  proxyFlags,
  untilState,
} from "./stores.ts";

const hsm = softHsm();
hsm.addToken("good", password);
const authority = makeAuthority();
const { certificateFile } = authority;
const clusters = clusterFlags(hsm, [
  { id: "cluster-aaaaaaaaaaa", token: "good", certificateFile },
  { id: "cluster-ddddddddddd", token: "late", certificateFile },
  { id: "cluster-bbbbbbbbbbb", token: "absent", certificateFile },
  { id: "cluster-ccccccccccc", token: "good", certificateFile, module: "/no/such/module.so" },
]);
const proxy = await startXksProxy(authority);
const untrusted = makeAuthority();
const suspicious = await startXksProxy(untrusted, { host: "untrusted.example.test" });
const server = await openServer(undefined, [
  ...clusters.flags,
  ...proxyFlags([proxy, suspicious], authority),
]);
afterEach(() => {
  proxy.fault = undefined;
});
after(async () => {
  hsm.remove();
  clusters.remove();
  authority.remove();
  untrusted.remove();
  await Promise.all([proxy.close(), suspicious.close()]);
});

let regions = 0;
const inNewRegion = (): KMS => connect(server, "admin", `eu-west-${++regions}`);
const Plaintext = Buffer.from("a secret");

const cluster = (CloudHsmClusterId = "cluster-aaaaaaaaaaa", KeyStorePassword = password) => ({
  CustomKeyStoreName: "hsm",
  CloudHsmClusterId,
  TrustAnchorCertificate: authority.certificate,
  KeyStorePassword,
});

/** How a store fails to connect. */
async function faultOf(kms: KMS, id: string): Promise<string | undefined> {
  await kms.connectCustomKeyStore({ CustomKeyStoreId: id });
  return (await untilState(kms, id, "FAILED")).ConnectionErrorCode;
}

test("why a cluster could not be connected is told by its code", async () => {
  for (const [store, code] of [
    [cluster("cluster-aaaaaaaaaaa", "not-the-password"), "INVALID_CREDENTIALS"],
    [cluster("cluster-bbbbbbbbbbb"), "CLUSTER_NOT_FOUND"],
    [cluster("cluster-ccccccccccc"), "INTERNAL_ERROR"],
  ] as const) {
    const kms = inNewRegion();
    assert.equal(await faultOf(kms, await createStore(kms, store)), code);
  }
});

test("a wrong password is tried once, and not again by itself", async () => {
  const kms = inNewRegion();
  hsm.addToken("late", "another-password");
  const id = await createStore(kms, cluster("cluster-ddddddddddd"));
  assert.equal(await faultOf(kms, id), "INVALID_CREDENTIALS");
  hsm.renewToken("late", password);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  assert.equal((await describe(kms, id)).ConnectionState, "FAILED");
  await disconnectStore(kms, id);
  await connectStore(kms, id);
});

test("a store that failed is disconnected before it is connected again", async () => {
  const kms = inNewRegion();
  const id = await createStore(kms, cluster("cluster-aaaaaaaaaaa", "not-the-password"));
  await faultOf(kms, id);
  const call = { CustomKeyStoreId: id };
  await refused(kms.connectCustomKeyStore(call), ...invalidState("FAILED"));
  await refused(kms.createKey({ Origin: "AWS_CLOUDHSM", ...call }), ...invalidState("FAILED"));
  await refused(
    kms.updateCustomKeyStore({ ...call, KeyStorePassword: password }),
    ...invalidState("FAILED"),
  );
  await disconnectStore(kms, id);
  await kms.updateCustomKeyStore({ ...call, KeyStorePassword: password });
  await connectStore(kms, id);
});

test("why a proxy could not be connected is told by its code, and a store comes back with its proxy", async () => {
  const kms = inNewRegion();
  const id = await createStore(kms, externalStore(proxy));
  const failures = [
    [
      { kind: "error", errorName: "AuthenticationFailedException", status: 401 },
      "INVALID_CREDENTIALS",
    ],
    [
      { kind: "error", errorName: "InvalidUriPathException", status: 404 },
      "XKS_PROXY_INVALID_CONFIGURATION",
    ],
    [{ kind: "raw", status: 200, body: "{}" }, "XKS_PROXY_INVALID_RESPONSE"],
    [
      { kind: "error", errorName: "DependencyTimeoutException", status: 503 },
      "XKS_PROXY_TIMED_OUT",
    ],
    [{ kind: "reset" }, "XKS_PROXY_NOT_REACHABLE"],
  ] as const;
  for (const [fault, code] of failures) {
    proxy.fault = fault;
    assert.equal(await faultOf(kms, id), code);
    await disconnectStore(kms, id);
  }
  assert.equal(await faultOf(kms, id), "XKS_PROXY_NOT_REACHABLE");
  proxy.fault = undefined;
  await untilState(kms, id, "CONNECTED");
});

test("a proxy whose certificate is not trusted is not connected to", async () => {
  const kms = inNewRegion();
  await refused(
    kms.createCustomKeyStore(externalStore(suspicious)),
    "XksProxyUriUnreachableException",
    /cannot establish a TLS connection/,
  );
});

test("a token that hangs stops the keys in it and nothing else, and is replaced", async () => {
  const kms = inNewRegion();
  const id = await createStore(kms, cluster());
  await connectStore(kms, id);
  const key = await createKey(kms, { Origin: "AWS_CLOUDHSM", CustomKeyStoreId: id });
  const own = await createKey(kms);
  const { CiphertextBlob } = await kms.encrypt({ KeyId: key.id, Plaintext });
  const [module] = newestModuleProcess();
  process.kill(Number(module), "SIGSTOP");
  const stuck = refused(
    kms.decrypt({ CiphertextBlob }),
    "KMSInvalidStateException",
    "KMS cannot communicate with your CloudHSM cluster",
  );
  await kms.encrypt({ KeyId: own.id, Plaintext });
  await stuck;
  await untilState(kms, id, "CONNECTED");
  assert.ok(!newestModuleProcess().includes(String(module)));
  assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, new Uint8Array(Plaintext));
});

test("a token that crashes is replaced, too", async () => {
  const kms = inNewRegion();
  const id = await createStore(kms, cluster());
  await connectStore(kms, id);
  const key = await createKey(kms, { Origin: "AWS_CLOUDHSM", CustomKeyStoreId: id });
  process.kill(Number(newestModuleProcess()[0]), "SIGKILL");
  const failed = await untilState(kms, id, "FAILED");
  assert.equal(failed.ConnectionErrorCode, "INTERNAL_ERROR");
  await refused(
    kms.encrypt({ KeyId: key.id, Plaintext }),
    "KMSInvalidStateException",
    `${key.arn} is unavailable.`,
  );
  await untilState(kms, id, "CONNECTED");
  await kms.encrypt({ KeyId: key.id, Plaintext });
});

test("another key under the name of ours is not used", async () => {
  const kms = inNewRegion();
  const id = await createStore(kms, cluster());
  await connectStore(kms, id);
  const key = await createKey(kms, { Origin: "AWS_CLOUDHSM", CustomKeyStoreId: id });
  await kms.encrypt({ KeyId: key.id, Plaintext });
  const owner = await foreignTokenUser(hsm.module, "good", password);
  owner.exchange(`keywright/${account}/eu-west-${regions}/${key.id}`);
  await disconnectStore(kms, id);
  await connectStore(kms, id);
  await refused(
    kms.encrypt({ KeyId: key.id, Plaintext }),
    "KMSInvalidStateException",
    /cannot communicate/,
  );
});

test("the end of a key whose store is not connected ends the key all the same", async () => {
  const kms = inNewRegion();
  const id = await createStore(kms, cluster());
  await connectStore(kms, id);
  const key = await createKey(kms, { Origin: "AWS_CLOUDHSM", CustomKeyStoreId: id });
  await kms.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 });
  await disconnectStore(kms, id);
  server.clock.offset += 8 * day;
  await server.sweep();
  const later = connect(server, "admin", `eu-west-${regions}`);
  await refused(later.describeKey({ KeyId: key.id }), "NotFoundException", /./);
  await later.deleteCustomKeyStore({ CustomKeyStoreId: id });
  server.clock.offset = 0;
});

test("passwords and secrets of stores are nowhere in the data folder", async () => {
  const kms = inNewRegion();
  await createStore(kms, { ...cluster(), KeyStorePassword: "canary-password-in-store" });
  await createStore(kms, externalStore(proxy));
  const forms = ["canary-password-in-store", proxy.credential.secret].flatMap((secret) => [
    secret,
    Buffer.from(secret).toString("base64").slice(2, -4),
    Buffer.from(secret).toString("hex"),
  ]);
  for (const { path, content } of filesIn(server.folder))
    for (const form of forms) assert.ok(!content.includes(form), path);
});

/** Ids of the processes of PKCS#11 modules that this one has started, the newest first. */
function newestModuleProcess(): readonly string[] {
  const list = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(process.pid)], {
    encoding: "utf8",
  });
  return list
    .split("\n")
    .filter((line) => line.includes("module-process"))
    .map((line) => line.trim().split(" ")[0] ?? "")
    .toSorted((a, b) => startOf(b) - startOf(a));
}

/** When a process started, in ticks since the system did: ids begin anew when all have been used. */
function startOf(pid: string): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
}
