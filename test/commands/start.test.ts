import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CreateKeyCommand, DescribeKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { keywright, start } from "../support/command.ts";

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "keywright-start-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const data = (...path: readonly string[]): string => join(folder, "keywright-data", ...path);
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

/** A client that knows only what the profile's files say. */
function profileClient(): KMSClient {
  const value = (file: string, name: string): string =>
    new RegExp(`^${name} = (.*)$`, "m").exec(readFileSync(data("aws", file), "utf8"))?.[1] ?? "";
  return new KMSClient({
    endpoint: value("config", "endpoint_url"),
    region: value("config", "region"),
    credentials: {
      accessKeyId: value("credentials", "aws_access_key_id"),
      secretAccessKey: value("credentials", "aws_secret_access_key"),
    },
    maxAttempts: 1,
  });
}

describe("npm start", () => {
  let keyId: string | undefined;

  test("makes a private data folder and a profile that works at once", async () => {
    const server = start(["start", "--listen", ":0"], folder);
    await server.printed(/Ctrl-C stops it/);
    assert.match(server.out(), /Keywright listens on http:\/\/127\.0\.0\.1:\d+/);
    assert.match(
      server.out(),
      /export AWS_CONFIG_FILE=.*\n.*export AWS_SHARED_CREDENTIALS_FILE=.*\n.*export AWS_PROFILE=keywright/,
    );
    assert.equal(mode(data()), "700");
    for (const file of ["root.key", "keywright.db", join("aws", "credentials")])
      assert.equal(mode(data(file)), "600", file);
    assert.match(
      readFileSync(data("aws", "config"), "utf8"),
      /^s3 =\n {4}signature_version = s3v4$/m,
    );
    const client = profileClient();
    keyId = (await client.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId;
    client.destroy();
    assert.equal((await server.stop()).code, 0);
  });

  test("started again finds everything as it was", async () => {
    const before = readFileSync(data("aws", "credentials"), "utf8");
    const server = start(["start", "--listen", ":0"], folder);
    await server.printed(/listens on/);
    assert.doesNotMatch(server.out(), /root key/);
    const client = profileClient();
    assert.equal(
      (await client.send(new DescribeKeyCommand({ KeyId: keyId }))).KeyMetadata?.KeyId,
      keyId,
    );
    client.destroy();
    assert.equal(readFileSync(data("aws", "credentials"), "utf8"), before);

    const second = await keywright(["serve", "--listen", ":0"], folder);
    assert.equal(second.code, 1);
    assert.match(second.error, /another keywright process uses the data folder/);
    assert.equal((await keywright(["status"], folder)).code, 0);
    assert.equal((await server.stop("SIGINT")).code, 0);
  });

  test("status, verify-audit and audit tell of a stopped deployment", async () => {
    const status = await keywright(["status"], folder);
    assert.match(status.out, /KMS keys +1\n/);
    assert.match(status.out, /server +stopped/);
    const verified = await keywright(["verify-audit"], folder);
    assert.equal(verified.code, 0);
    assert.match(verified.out, /journal +intact/);
    const audit = await keywright(["audit", "--event-name", "CreateKey"], folder);
    assert.equal(JSON.parse(audit.out).responseElements.keyMetadata.keyId, keyId);
  });

  test("verify-audit fails and names the record that was edited", async () => {
    const segment = data("audit", "journal-0000000000000001.kwj");
    const bytes = readFileSync(segment);
    const at = bytes.indexOf("CreateKey");
    writeFileSync(
      segment,
      Buffer.concat([bytes.subarray(0, at), Buffer.from("DeleteKey"), bytes.subarray(at + 9)]),
    );
    const verified = await keywright(["verify-audit"], folder);
    writeFileSync(segment, bytes);
    assert.equal(verified.code, 1);
    assert.match(
      verified.out + verified.error,
      /sequence \d+, byte \d+ of journal-0000000000000001\.kwj: the record was edited/,
    );
  });

  test("without its root key file the deployment does not open, and the message says what to do", async () => {
    const missing = await keywright(["status", "--root-key-file", "elsewhere.key"], folder);
    assert.equal(missing.code, 1);
    assert.match(missing.error, /Restore it from your backup/);
  });
});

describe("keywright serve", () => {
  test("refuses plain HTTP where other machines could hear it", async () => {
    const refused = await keywright(["serve", "--listen", "0.0.0.0:0"], folder);
    assert.equal(refused.code, 1);
    assert.match(refused.error, /--tls-cert and --tls-key, or --behind-tls-proxy/);
  });

  test("speaks TLS 1.3 with the given certificate", async () => {
    const [key, cert] = [join(folder, "tls.key"), join(folder, "tls.crt")];
    const made = spawnSync("openssl", [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-days",
      "2",
      "-subj",
      "/CN=localhost",
      "-addext",
      "subjectAltName=DNS:localhost,IP:127.0.0.1",
      "-keyout",
      key,
      "-out",
      cert,
    ]);
    assert.equal(made.status, 0, String(made.stderr));
    const server = start(
      ["serve", "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key],
      folder,
    );
    const [url] = await server.printed(/https:\/\/127\.0\.0\.1:\d+/);
    const answer = await new Promise<{ status: number | undefined; protocol: string | null }>(
      (resolve, reject) => {
        const asked = request(`${url}/readyz`, { ca: readFileSync(cert) }, (response) => {
          const socket = response.socket as import("node:tls").TLSSocket;
          resolve({ status: response.statusCode, protocol: socket.getProtocol() });
          response.resume();
        });
        asked.on("error", reject).end();
      },
    );
    assert.deepEqual(answer, { status: 200, protocol: "TLSv1.3" });
    assert.equal((await server.stop()).code, 0);
  });

  test("authorities without a certificate are refused, instead of trusting nobody in silence", async () => {
    const file = join(folder, "authorities.pem");
    writeFileSync(file, "no certificate\n");
    for (const option of ["--xks-ca", "--oidc-ca"]) {
      const { code, error } = await keywright(["serve", "--listen", ":0", option, file], folder);
      assert.equal(code, 1, option);
      assert.match(error, /authorities\.pem: there is no PEM certificate in it/, option);
    }
  });

  test("an address whose host nobody knows is the operator's to mend", async () => {
    const { code, error } = await keywright(
      ["serve", "--behind-tls-proxy", "--listen", "nobody.invalid:0"],
      folder,
    );
    assert.equal(code, 1);
    assert.match(error, /cannot listen on nobody\.invalid:0 .*choose another address/);
  });

  test("makes a new data folder from a seed, and keeps it afterwards", async () => {
    const seed = fileSeed();
    const server = start(["serve", "--data", "seeded", "--seed", seed, "--listen", ":0"], folder);
    await server.printed(/listens on/);
    await server.stop();
    const explained = await keywright(
      [
        "explain",
        "--data",
        "seeded",
        "--principal",
        "arn:aws:iam::111122223333:user/a",
        "--action",
        "kms:Decrypt",
        "--resource",
        "alias/orders",
      ],
      folder,
    );
    assert.equal(explained.code, 1);
    assert.match(explained.out, /no identity-based policy allows the kms:Decrypt action/);
    const root = await keywright(
      [
        "explain",
        "--data",
        "seeded",
        "--principal",
        "arn:aws:iam::111122223333:root",
        "--action",
        "kms:Decrypt",
        "--resource",
        "alias/orders",
      ],
      folder,
    );
    assert.equal(root.code, 0);
    assert.match(root.out, /statement 1 \(`Enable IAM User Permissions`\) of the key policy/);
  });

  test("explain takes assumed conditions in place of the built-in ones, in whatever spelling", async () => {
    const statements = [
      {
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111122223333:user/a" },
        Action: "kms:Decrypt",
        Resource: "*",
      },
      {
        Effect: "Deny",
        Principal: "*",
        Action: "kms:Decrypt",
        Resource: "*",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ];
    const seed = fileSeed({ Version: "2012-10-17", Statement: statements });
    assert.equal((await keywright(["init", "--data", "assumed", "--seed", seed], folder)).code, 0);
    const ask = (action: string, ...more: readonly string[]) =>
      keywright(
        [
          "explain",
          "--data",
          "assumed",
          "--principal",
          "arn:aws:iam::111122223333:user/a",
          "--action",
          action,
          "--resource",
          "alias/orders",
          ...more,
        ],
        folder,
      );
    assert.equal((await ask("kms:decrypt")).code, 1);
    assert.equal((await ask("kms:decrypt", "--condition", "aws:securetransport=true")).code, 0);
    assert.doesNotMatch((await ask("kms:decrypt")).out, /note:/);
    const misspelt = await ask("kms:Decript");
    assert.match(
      misspelt.out,
      /note: no operation asks for kms:Decript; did you mean `kms:Decrypt`/,
    );
  });

  test("a seed with a principal that does not exist leaves nothing behind", async () => {
    const seed = fileSeed({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::111122223333:user/ghost" },
          Action: "kms:*",
          Resource: "*",
        },
      ],
    });
    const refused = await keywright(["init", "--data", "ghost", "--seed", seed], folder);
    assert.equal(refused.code, 1);
    assert.match(refused.error, /invalid principals/);
    const again = await keywright(["init", "--data", "ghost", "--seed", fileSeed()], folder);
    assert.equal(again.code, 0, again.error);
  });
});

function fileSeed(policy: object = {}): string {
  const path = join(folder, "seed.json");
  const key = {
    id: "1234abcd-12ab-34cd-56ef-1234567890ab",
    region: "us-east-1",
    aliases: ["alias/orders"],
    policy,
  };
  const users = [{ name: "a", accessKeys: [{ id: "AKIATESTSEED", secret: "s" }] }];
  writeFileSync(path, JSON.stringify({ accounts: [{ id: "111122223333", users, keys: [key] }] }));
  return path;
}
