import * as assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, test } from "node:test";
import { STS } from "@aws-sdk/client-sts";
import { decodeJwt } from "jose";
import { parseProxyHosts } from "../../src/keystore/xks/hosts.ts";
import { documentFetcher } from "../../src/services/sts/oidc/documents.ts";
import { IdentityTokens } from "../../src/services/sts/oidc/identity-tokens.ts";
import { hour, openServer, otherAccount } from "../conformance/support.ts";
import { connectIam } from "../iam/support.ts";
import { makeAuthority } from "../support/authority.ts";
import { issuerFlags } from "../support/oidc-issuer.ts";
import { makeRole, refusedBy, roleArn } from "./support.ts";
import { arn, host, noKeys, notAccepted, trustOf, webIdentityLab } from "./web-identity-lab.ts";

const minute = 60;
const now = (): number => Math.floor(Date.now() / 1000);

describe("identity tokens and their issuers", () => {
  const lab = webIdentityLab();

  test("an issuer that the role's account has not registered is refused, and not asked", async () => {
    await notAccepted(
      lab.come({ iss: "https://elsewhere.example.test" }),
      "No OpenIDConnect provider found in your account for https://elsewhere.example.test",
    );
    await notAccepted(
      lab.send({
        RoleArn: roleArn("web", otherAccount),
        WebIdentityToken: await lab.issuer.token(),
      }),
      `No OpenIDConnect provider found in your account for ${lab.issuer.url}`,
    );
    await notAccepted(
      lab.come({ iss: `http://${host}` }),
      `No OpenIDConnect provider found in your account for http://${host}`,
    );
    assert.deepEqual(lab.issuer.asked, []);
  });

  test("an issuer that is registered is not asked either unless the operator lists its host", async () => {
    await notAccepted(lab.send({ WebIdentityToken: await lab.unlisted.token() }), noKeys);
    assert.deepEqual(lab.unlisted.asked, []);
  });

  test("a token counts for the issuer that it names, and not for another with the same keys", async () => {
    const { issuer, authority } = lab;
    const other = `${issuer.url}/`;
    issuer.configuration = { issuer: other };
    const hosts = parseProxyHosts([`${host}=127.0.0.1:${issuer.port}`]);
    assert.ok(hosts !== undefined);
    const fetched = documentFetcher({ hosts, ca: authority.certificate, timeout: 5_000 });
    const tokens = new IdentityTokens(fetched, () => undefined);
    const verify = async (iss: string) =>
      tokens.verify(await issuer.token({ iss }), other, ["client"], new Date());
    assert.equal((await verify(other)).subject, "subject");
    await assert.rejects(verify(issuer.url), { code: "IDPRejectedClaimException" });
  });

  test("an issuer cannot send us to a host that is not listed", async () => {
    for (const place of [
      `${lab.unlisted.url}/keys`,
      `https://127.0.0.1:${lab.unlisted.port}/keys`,
      "http://169.254.169.254/keys",
      `http://${host}/keys`,
      `https://${host}:${lab.unlisted.port}/keys`,
      `https://user:secret@${host}/keys`,
      "file:///etc/passwd",
      "keys",
    ]) {
      lab.issuer.configuration = { jwks_uri: place };
      await lab.restart();
      await notAccepted(lab.come(), noKeys);
    }
    assert.deepEqual(lab.unlisted.asked, []);
    assert.ok(!lab.issuer.asked.includes("/keys"));
  });

  test("a redirect is not followed", async () => {
    for (const path of ["/.well-known/openid-configuration", "/keys"]) {
      lab.issuer.answers.clear();
      lab.issuer.answers.set(path, {
        status: 302,
        headers: { location: `${lab.issuer.url}/moved` },
        body: "",
      });
      await lab.restart();
      await notAccepted(lab.come(), noKeys);
    }
    assert.ok(!lab.issuer.asked.includes("/moved"));
  });

  test("what an issuer answers is bounded and must be its own", async () => {
    const discovery = "/.well-known/openid-configuration";
    const keys = { keys: lab.issuer.publicKeys };
    for (const [path, body] of [
      ["/keys", JSON.stringify({ ...keys, more: "x".repeat(131_072) })],
      ["/keys", "not JSON"],
      ["/keys", JSON.stringify({ keys: "none" })],
      [
        discovery,
        JSON.stringify({
          issuer: "https://other.example.test",
          jwks_uri: `${lab.issuer.url}/keys`,
        }),
      ],
      [discovery, JSON.stringify({ issuer: lab.issuer.url })],
      [discovery, "[]"],
    ] as const) {
      lab.issuer.answers.clear();
      lab.issuer.answers.set(path, { body });
      await lab.restart();
      await notAccepted(lab.come(), noKeys);
    }
  });

  test("an issuer that cannot be reached is told apart", async () => {
    for (const answer of [{ status: 503, body: "later" }, { stalls: true }] as const) {
      lab.issuer.answers.set("/keys", answer);
      await lab.restart();
      await refusedBy(lab.come(), "IDPCommunicationErrorException", 400, /could not be reached/);
    }
  });

  test("a certificate of an unknown authority is not believed", async () => {
    const stranger = makeAuthority();
    const own = await openServer(undefined, issuerFlags([lab.issuer], stranger));
    const there = connectIam(own);
    await there.createOpenIDConnectProvider({ Url: lab.issuer.url, ClientIDList: ["client"] });
    await makeRole(there, "web", { trust: trustOf(undefined) });
    const sts = new STS({ endpoint: own.url, region: "us-east-1", maxAttempts: 1 });
    await refusedBy(
      sts.assumeRoleWithWebIdentity({
        RoleArn: arn,
        RoleSessionName: "session",
        WebIdentityToken: await lab.issuer.token(),
      }),
      "IDPCommunicationErrorException",
      400,
      /could not be reached/,
    );
    stranger.remove();
  });

  test("a token that is not the issuer's is refused, however it is made", async () => {
    const good = await lab.issuer.token();
    const [header = "", payload = "", signature = ""] = good.split(".");
    const part = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString("base64url");
    const [published] = lab.issuer.publicKeys;
    const hmac = `${part({ alg: "HS256", kid: "first" })}.${payload}`;
    const byPublicKey = createHmac("sha256", JSON.stringify(published))
      .update(hmac)
      .digest("base64url");
    await lab.issuer.addKey("hidden", "RS256", true);
    for (const token of [
      `${part({ alg: "none" })}.${payload}.`,
      `${part({ alg: "HS256", kid: "first" })}.${payload}.${byPublicKey}`,
      `${header}.${part({ ...decodeJwt(good), sub: "admin" })}.${signature}`,
      `${header}.${payload}.`,
      `${part({ alg: "RS256", kid: "first", crit: ["x"], x: 1 })}.${payload}.${signature}`,
      `${part({ alg: "RS256", kid: "first", jwk: published })}.${payload}.${signature.slice(4)}AAAA`,
      await lab.issuer.token({}, { kid: "hidden" }),
    ])
      await notAccepted(lab.send({ WebIdentityToken: token }), "Token signature invalid");
    for (const token of ["nonsense", "a.b.c", `${header}.${payload}`, "x".repeat(20_000)])
      await notAccepted(lab.send({ WebIdentityToken: token }), /not a valid JWT/);
  });

  test("every asymmetric algorithm is accepted, from the key that is for it", async () => {
    for (const alg of ["ES256", "ES384", "PS256", "RS512", "EdDSA"]) {
      await lab.issuer.addKey(alg, alg);
      await lab.restart();
      await lab.come({}, { kid: alg });
    }
  });

  test("an algorithm that is not listed is refused, whatever the library knows", async () => {
    await lab.issuer.addKey("experimental", "ML-DSA-44");
    await lab.restart();
    await notAccepted(lab.come({}, { kid: "experimental" }), "Token signature invalid");
    lab.issuer.publish("first");
  });

  test("a token counts in its own time, within five minutes of clocks that differ", async () => {
    await lab.come({ exp: now() - 4 * minute });
    await refusedBy(
      lab.come({ exp: now() - 6 * minute }),
      "ExpiredTokenException",
      400,
      /^Token expired: current date\/time \d+ must be before the expiration date\/time \d+$/,
    );
    await lab.come({ nbf: now() + 4 * minute, iat: now() + 4 * minute });
    for (const claims of [{ nbf: now() + 6 * minute }, { iat: now() + 6 * minute }])
      await refusedBy(lab.come(claims), "IDPRejectedClaimException", 403, /./);
    const token = await lab.issuer.token();
    lab.server.clock.offset = hour;
    await refusedBy(
      lab.send({ WebIdentityToken: token }),
      "ExpiredTokenException",
      400,
      /^Token expired/,
    );
    lab.server.clock.offset = 0;
  });

  test("claims that must be there are missed", async () => {
    for (const claim of ["sub", "aud", "exp", "iat"])
      await notAccepted(lab.come({ [claim]: undefined }), `Missing a required claim: ${claim}`);
    for (const iss of [undefined, [lab.issuer.url], 1])
      await notAccepted(lab.come({ iss }), "Missing a required claim: iss");
    await notAccepted(lab.come({ sub: "" }), "Missing a required claim: sub");
  });

  test("the issuer is asked once, again for a key that is new, and not for every stranger's", async () => {
    await lab.come();
    await lab.come();
    assert.deepEqual(lab.issuer.asked, ["/.well-known/openid-configuration", "/keys"]);
    await lab.issuer.addKey("next");
    await notAccepted(lab.come({}, { kid: "next" }), "Token signature invalid");
    assert.equal(lab.issuer.asked.length, 2, "not within a minute");
    lab.server.clock.offset = 61_000;
    await lab.come({}, { kid: "next" });
    assert.equal(lab.issuer.asked.length, 4);
    await lab.issuer.addKey("unknown", "RS256", true);
    for (let tried = 0; tried < 5; tried++)
      await notAccepted(lab.come({}, { kid: "unknown" }), "Token signature invalid");
    assert.equal(lab.issuer.asked.length, 4);
    // A key that the lab.issuer has withdrawn is believed for an hour at most.
    lab.issuer.publish("next");
    lab.server.clock.offset = 62 * minute * 1000;
    await notAccepted(lab.come({ exp: now() + 2 * 3600 }), "Token signature invalid");
    lab.server.clock.offset = 0;
    lab.issuer.publish("first");
  });

  test("an issuer that failed is asked again only after some seconds", async () => {
    lab.issuer.answers.set("/keys", { status: 404, body: "" });
    await notAccepted(lab.come(), noKeys);
    lab.issuer.answers.clear();
    await notAccepted(lab.come(), noKeys);
    assert.equal(lab.issuer.asked.length, 2);
    lab.server.clock.offset = 6_000;
    await lab.come();
    lab.server.clock.offset = 0;
  });
});
