import * as assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { OperatorError } from "./base/errors.ts";
import type { Config, Environment } from "./config.ts";
import { loadConfig, UsageError } from "./config.ts";
import type { ConfiguredCommand } from "./config-table.ts";
import { noProxyHosts } from "./keystore/xks/hosts.ts";

const folder = mkdtempSync(join(tmpdir(), "keywright-config-"));
after(() => rmSync(folder, { recursive: true }));

function load(
  flags: Readonly<Record<string, string>> = {},
  environment: Environment = {},
  command: ConfiguredCommand = "serve",
): Config {
  const sources = { flags: new Map(Object.entries(flags)), environment, workingDirectory: "/srv" };
  return loadConfig(sources, command);
}

function file(text: string): string {
  const path = join(folder, "keywright.yaml");
  writeFileSync(path, text);
  return path;
}

test("without any source the defaults hold", () => {
  assert.deepEqual(load(), {
    data: "/srv/keywright-data",
    rootKeyFile: "/srv/keywright-data/root.key",
    root: {
      named: ["file"],
      passphraseFrom: undefined,
      shares: undefined,
      token: undefined,
      kms: undefined,
    },
    seed: undefined,
    listen: { host: "127.0.0.1", port: 7567 },
    tls: undefined,
    behindTlsProxy: false,
    region: "us-east-1",
    regions: undefined,
    attestationRoots: undefined,
    customKeyStores: {
      clustersFile: undefined,
      hosts: noProxyHosts,
      caFile: undefined,
      client: undefined,
      timeout: 250,
    },
    identityTokens: { hosts: noProxyHosts, caFile: undefined },
    witness: undefined,
    witnessState: "/srv/keywright-witness",
    auditKeys: [],
    audit: { archive: undefined, keep: 90, reserve: 1_024 },
    delivery: { filesEvery: 300, digestsEvery: 3_600 },
    logLevel: "info",
    keyCache: 64,
    workers: "auto",
    requestRateFactor: 100,
    buckets: undefined,
    prices: undefined,
    shutdownGrace: 10,
  });
});

test("the configuration is frozen", () => {
  assert.ok(Object.isFrozen(load()));
});

test("a flag comes before the environment, the environment before the file, the file before the default", () => {
  const config = file("logLevel: error\nregion: eu-west-1\nshutdownGrace: 3\n");
  const environment = {
    KEYWRIGHT_CONFIG: config,
    KEYWRIGHT_LOG_LEVEL: "warn",
    KEYWRIGHT_REGION: "eu-west-2",
  };
  const { logLevel, region, shutdownGrace, listen } = load({ "--log-level": "debug" }, environment);
  assert.deepEqual([logLevel, region, shutdownGrace, listen.port], ["debug", "eu-west-2", 3, 7567]);
});

test("an empty environment variable counts as unset", () => {
  assert.equal(load({}, { KEYWRIGHT_DATA: "", KEYWRIGHT_CONFIG: "" }).data, "/srv/keywright-data");
});

test("the root key lies in the data folder unless it is put elsewhere", () => {
  assert.equal(load({ "--data": "/var/$&" }).rootKeyFile, "/var/$&/root.key");
  assert.equal(load({ "--root-key-file": "k" }).rootKeyFile, "/srv/k");
});

test("paths in the configuration file are relative to it", () => {
  assert.equal(load({ "--config": file("data: here\n") }).data, join(folder, "here"));
});

test("the configuration file may be JSON, and lists regions as a list", () => {
  const config = file('{\n\t"regions": ["eu-west-1", "eu-west-2"],\n\t"behindTlsProxy": true\n}\n');
  const { regions, behindTlsProxy } = load({ "--config": config });
  assert.deepEqual([regions, behindTlsProxy], [["eu-west-1", "eu-west-2"], true]);
});

test("an unknown member of the configuration file is refused with its line", () => {
  const config = file("data: x\nlisten: 127.0.0.1:1\n\ntlsCertt: y\n");
  const expected = new RegExp(`^OperatorError: ${config}:4: unknown member \`tlsCertt\``);
  assert.throws(() => load({ "--config": config }), expected);
});

for (const [text, line] of [
  ["data: x\ndata: y\n", 2],
  ["- data\n", 1],
  ["data: x\nlisten: { a: 1 }\n", 2],
  ["config: x\n", 1],
  ["\ndata:\n", 2],
  ["\n\nlogLevel: loud\n", 3],
] as const) {
  test(`the configuration file ${JSON.stringify(text)} is refused on line ${line}`, () => {
    const config = file(text);
    assert.throws(
      () => load({ "--config": config }),
      (error) => error instanceof OperatorError && error.message.startsWith(`${config}:${line}: `),
    );
  });
}

test("a configuration file that cannot be read is the operator's fault", () => {
  assert.throws(
    () => load({ "--config": "absent.yaml" }),
    /^OperatorError: cannot read \/srv\/absent\.yaml/,
  );
});

test("a bad value is wrong usage in a flag, and the operator's fault elsewhere", () => {
  assert.throws(() => load({ "--log-level": "loud" }), UsageError);
  assert.throws(() => load({}, { KEYWRIGHT_LOG_LEVEL: "loud" }), {
    name: "OperatorError",
    message: "KEYWRIGHT_LOG_LEVEL: must be error, warn, info, debug, not `loud`",
  });
});

for (const [text, workers] of [
  ["1", 1],
  ["64", 64],
  ["auto", "auto"],
] as const) {
  test(`${text} is a number of threads that answer`, () => {
    assert.equal(load({ "--workers": text }).workers, workers);
  });
}

for (const [text, factor] of [
  ["0.001", 0.001],
  ["1", 1],
  ["2.5", 2.5],
  ["1000000", 1_000_000],
] as const) {
  test(`${text} is a factor of AWS's request quotas`, () => {
    assert.equal(load({ "--request-rate-factor": text }).requestRateFactor, factor);
  });
}

for (const [text, host, port] of [
  [":80", "127.0.0.1", 80],
  [":0", "127.0.0.1", 0],
  ["localhost:65535", "localhost", 65_535],
  ["127.8.8.8:1", "127.8.8.8", 1],
  ["[::1]:7567", "::1", 7567],
] as const) {
  test(`${text} is a loopback address, which needs no TLS`, () => {
    assert.deepEqual(load({ "--listen": text }).listen, { host, port });
  });
}

for (const text of [
  "",
  "7567",
  "::1:7567",
  "[::g]:1",
  "host",
  "host:",
  "a b:1",
  "1.2.3:1",
  "h:65536",
  "[127.0.0.1]:1",
]) {
  test(`${JSON.stringify(text)} is no address`, () => {
    assert.throws(() => load({ "--listen": text }), UsageError);
  });
}

for (const text of [
  "0.0.0.0:1",
  "[::]:1",
  "example.org:1",
  "localhost.example.org:1",
  "10.127.0.1:1",
]) {
  test(`${text} needs TLS or a proxy that ends it`, () => {
    assert.throws(
      () => load({ "--listen": text }),
      /--tls-cert and --tls-key, or --behind-tls-proxy/,
    );
    assert.ok(load({ "--listen": text, "--behind-tls-proxy": "true" }).behindTlsProxy);
    assert.deepEqual(load({ "--listen": text, "--tls-cert": "c", "--tls-key": "k" }).tls, {
      certFile: "/srv/c",
      keyFile: "/srv/k",
    });
  });
}

test("a command that does not serve accepts any address", () => {
  assert.equal(load({}, { KEYWRIGHT_LISTEN: "0.0.0.0:1" }, "status").listen.host, "0.0.0.0");
});

test("a certificate without its key is refused, and a key without its certificate", () => {
  assert.throws(() => load({ "--tls-cert": "c" }), /both --tls-cert and --tls-key/);
  assert.throws(() => load({}, { KEYWRIGHT_TLS_KEY: "k" }), /both --tls-cert and --tls-key/);
});

test("the region of the profile is one of the regions that are answered", () => {
  const flags = { "--regions": "eu-west-1, eu-west-2" };
  assert.throws(() => load(flags, {}, "init"), /give one of eu-west-1, eu-west-2/);
  assert.equal(load({ ...flags, "--region": "eu-west-2" }, {}, "init").region, "eu-west-2");
  assert.deepEqual(load(flags).regions, ["eu-west-1", "eu-west-2"]);
});

for (const [flag, text] of [
  ["--region", "Frankfurt"],
  ["--regions", "eu-west-1,,"],
  ["--behind-tls-proxy", "constructor"],
  ["--workers", "0"],
  ["--workers", "65"],
  ["--workers", "2.5"],
  ["--workers", "many"],
  ["--request-rate-factor", "0"],
  ["--request-rate-factor", "0.0001"],
  ["--request-rate-factor", "-1"],
  ["--request-rate-factor", "1e3"],
  ["--request-rate-factor", "1000001"],
  ["--shutdown-grace", "1.5"],
  ["--shutdown-grace", "3601"],
] as const) {
  test(`${flag} refuses ${text}`, () => {
    assert.throws(() => load({ [flag]: text }), UsageError);
  });
}

test("the configuration file in docs/configuration.md is one", () => {
  const page = readFileSync(new URL("../docs/configuration.md", import.meta.url), "utf8");
  const [, text = ""] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  assert.deepEqual(load({ "--config": file(text) }).regions, ["eu-central-1", "eu-west-1"]);
});

test("the root sources are those that options name, or the file", () => {
  const named = (flags: Readonly<Record<string, string>>) => load(flags).root.named;
  assert.deepEqual(named({ "--data": "/d" }), ["file"]);
  assert.deepEqual(named({ "--root-shares": "3/5" }), ["shares"]);
  assert.deepEqual(named({ "--root-passphrase-from": "ask" }), ["passphrase"]);
  const token = { "--root-token-module": "m.so", "--root-token-label": "t" };
  assert.deepEqual(named({ ...token, "--root-key-file": "k" }), ["file", "token"]);
  const kms = { "--root-kms-key": "arn:aws:kms:eu-west-1:111122223333:alias/root" };
  assert.deepEqual(named(kms), ["kms"]);
  assert.deepEqual(load(kms).root.kms, {
    key: kms["--root-kms-key"],
    region: "eu-west-1",
    endpoint: undefined,
  });
});

test("where a secret comes from is a file, relative to where it was named, or somebody who is asked", () => {
  const from = (text: string) => load({ "--root-passphrase-from": text }).root.passphraseFrom;
  assert.deepEqual([from("ask"), from("p")], ["ask", { file: "/srv/p" }]);
  const path = file("rootPassphraseFrom: secret/p\n");
  assert.deepEqual(load({ "--config": path }).root.passphraseFrom, {
    file: join(folder, "secret/p"),
  });
});

for (const [option, texts] of [
  ["--root-shares", ["1/1", "1/2", "3/2", "2/17", "0/0", "2", "2/3/4", "-2/3", "2/3 "]],
  [
    "--root-kms-key",
    ["k", "alias/k", "arn:aws:iam::111122223333:user/a", "arn:aws:kms::111122223333:key/k"],
  ],
  [
    "--root-kms-endpoint",
    ["kms", "http://kms.example", "https://kms.example/path", "https://a:b@kms.example", "ftp://h"],
  ],
] as const)
  for (const text of texts)
    test(`${option} is not \`${text}\``, () => {
      const kms = { "--root-kms-key": "arn:aws:kms:eu-west-1:111122223333:key/k" };
      assert.throws(() => load({ ...kms, [option]: text }), UsageError);
    });

test("a root source needs all of its options", () => {
  for (const flags of [
    { "--root-token-module": "m.so" },
    { "--root-token-label": "t" },
    { "--root-kms-endpoint": "https://kms.example" },
  ])
    assert.throws(() => load(flags), OperatorError);
  const key = "arn:aws:kms:eu-west-1:111122223333:key/k";
  for (const endpoint of ["https://kms.example:8443", "http://127.0.0.1:7567", "http://[::1]:1"]) {
    const { kms } = load({ "--root-kms-key": key, "--root-kms-endpoint": `${endpoint}/` }).root;
    assert.equal(kms?.endpoint, endpoint);
  }
});
