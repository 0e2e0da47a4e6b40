import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hour } from "../conformance/support.ts";
import { refusedBy } from "./support.ts";
import { noKeys, notAccepted, webIdentityLab } from "./web-identity-lab.ts";

const minute = 60_000;
const rounds = ["/.well-known/openid-configuration", "/keys"].length;

describe("the keys of an issuer that fails", () => {
  const lab = webIdentityLab();
  const unreachable = (call: Promise<unknown>) =>
    refusedBy(call, "IDPCommunicationErrorException", 400, /could not be reached/);

  test("a stranger's key, asked for while the issuer is down, does not cost the good keys", async () => {
    await lab.come();
    await lab.issuer.addKey("unknown", "RS256", true);
    lab.issuer.answers.set("/.well-known/openid-configuration", { status: 503 });
    lab.server.clock.offset = minute + 1;
    lab.issuer.asked.length = 0;
    for (let tried = 0; tried < 3; tried++) await unreachable(lab.come({}, { kid: "unknown" }));
    await lab.come();
    assert.equal(lab.issuer.asked.length, 1, "asked once a minute, whoever comes");
    lab.server.clock.offset = 2 * minute + 2;
    await unreachable(lab.come({}, { kid: "unknown" }));
    assert.equal(lab.issuer.asked.length, 2);
    lab.issuer.answers.clear();
    lab.issuer.publish("first", "unknown");
    lab.server.clock.offset = 3 * minute + 3;
    await lab.come({}, { kid: "unknown" });
    assert.equal(lab.issuer.asked.length, 2 + rounds);
    await lab.come();
    assert.equal(lab.issuer.asked.length, 2 + rounds);
    lab.issuer.publish("first");
  });

  test("keys are not believed for more than an hour, even while the issuer is down", async () => {
    await lab.come();
    lab.issuer.answers.set("/keys", { status: 503 });
    const exp = Math.floor(Date.now() / 1000) + 2 * 3600;
    lab.server.clock.offset = hour - minute;
    await lab.come({ exp });
    lab.server.clock.offset = hour + minute;
    await unreachable(lab.come({ exp }));
  });

  test("a malformed key of a trusted issuer is the issuer's fault, not ours", async () => {
    const [good] = lab.issuer.publicKeys;
    for (const bad of [
      { kty: "RSA", kid: "first", n: "AQAB", e: "AQAB" },
      { kty: "RSA", kid: "first", alg: "RS256", n: "!", e: "!" },
      { kty: "RSA", kid: "first", alg: "RS256" },
      { kty: "RSA", kid: "first", alg: "RS256", n: 1, e: {} },
      { ...good, key_ops: ["encrypt"] },
      { ...good, ext: "no", use: "sig", d: "AQAB" },
    ]) {
      lab.issuer.answers.set("/keys", { body: JSON.stringify({ keys: [bad] }) });
      await lab.restart();
      await refusedBy(lab.come(), "InvalidIdentityTokenException", 400, /./);
    }
    lab.issuer.answers.set("/keys", { body: JSON.stringify({ keys: [null] }) });
    await lab.restart();
    await notAccepted(lab.come(), noKeys);
  });

  test("a subject of more than 255 characters is refused", async () => {
    await refusedBy(lab.come({ sub: "s".repeat(255) }), "AccessDenied", 403, /./);
    await notAccepted(
      lab.come({ sub: "s".repeat(256) }),
      "The claim sub is longer than 255 characters.",
    );
  });
});
