import * as assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { STSServiceException } from "@aws-sdk/client-sts";
import { installed, runClient, withoutClient } from "../conformance/clients.ts";
import { account, auditOf, policyOf } from "../conformance/support.ts";
import { chooser, mutated, seed } from "../fuzz/mutate.ts";
import { clientCredentials, connectSts, kmsAs, makeRole, refusedBy, roleArn } from "./support.ts";
import {
  arn,
  host,
  notAccepted,
  providerArn,
  trustOf,
  webIdentityLab,
} from "./web-identity-lab.ts";

const notAuthorized = "Not authorized to perform sts:AssumeRoleWithWebIdentity";

describe("AssumeRoleWithWebIdentity", () => {
  const lab = webIdentityLab();

  test("a token of a registered issuer opens the role, to what the role may do", async () => {
    const answer = await lab.come();
    assert.equal(answer.SubjectFromWebIdentityToken, "subject");
    assert.equal(answer.Audience, "client");
    assert.equal(answer.Provider, providerArn);
    assert.match(String(answer.AssumedRoleUser?.AssumedRoleId), /^AROA[A-Z2-7]{17}:session$/);
    const session = clientCredentials(answer.Credentials);
    assert.equal(
      (await connectSts(lab.server, session).getCallerIdentity()).Arn,
      `arn:aws:sts::${account}:assumed-role/web/session`,
    );
    await kmsAs(lab.server, session).listKeys({});
    await assert.rejects(kmsAs(lab.server, session).listAliases({}), {
      name: "AccessDeniedException",
    });
    const [attempt] = await auditOf(lab.server, "AssumeRoleWithWebIdentity");
    assert.deepEqual(attempt?.["userIdentity"], {
      type: "WebIdentityUser",
      principalId: `${host}:client:subject`,
      userName: "subject",
      identityProvider: providerArn,
    });
    const text = JSON.stringify(attempt);
    assert.ok(
      !text.includes(session.sessionToken ?? "") && !text.includes(session.secretAccessKey),
    );
    assert.ok(!text.includes("eyJ"), "the identity token is not recorded");
    const [use] = await auditOf(lab.server, "ListKeys");
    const { sessionContext } = (use?.["userIdentity"] ?? {}) as { sessionContext?: object };
    assert.deepEqual((sessionContext as { webIdFederationData: unknown }).webIdFederationData, {
      federatedProvider: providerArn,
      attributes: {},
    });
  });

  test("the trust policy decides by subject, audience and provider", async () => {
    await refusedBy(lab.come({ sub: "somebody else" }), "AccessDenied", 403, notAuthorized);
    await refusedBy(lab.come({ aud: "another" }), "AccessDenied", 403, notAuthorized);
    await makeRole(lab.iam, "of-others", {
      trust: JSON.stringify({
        Version: "2012-10-17",
        Statement: {
          Effect: "Allow",
          Principal: { Federated: providerArn.replace(host, lab.unlisted.host) },
          Action: "sts:AssumeRoleWithWebIdentity",
        },
      }),
    });
    for (const RoleArn of [roleArn("of-others"), roleArn("no-such-role")])
      await refusedBy(
        lab.send({ RoleArn, WebIdentityToken: await lab.issuer.token() }),
        "AccessDenied",
        403,
        notAuthorized,
      );
  });

  test("a refusal carries no message to decode: nobody of the account is refused", async () => {
    await assert.rejects(lab.come({ sub: "stranger" }), (error) => {
      assert.ok(error instanceof STSServiceException);
      const headers = error.$response?.headers ?? {};
      assert.ok("x-amzn-requestid" in headers);
      assert.ok(!("x-keywright-authorization-message" in headers));
      return true;
    });
  });

  test("only clients that the provider lists are accepted, in aud and azp alike", async () => {
    await notAccepted(lab.come({ aud: "stranger" }), "Incorrect token audience");
    await notAccepted(
      lab.come({ aud: ["client", "x"], azp: "stranger" }),
      "Incorrect token audience",
    );
    await notAccepted(lab.come({ aud: "stranger", azp: "client" }), "Incorrect token audience");
    await lab.come({ aud: ["stranger", "client"] });
    await lab.come({ aud: ["another", "x"], azp: "client" });
    await lab.iam.removeClientIDFromOpenIDConnectProvider({
      OpenIDConnectProviderArn: providerArn,
      ClientID: "client",
    });
    await notAccepted(lab.come(), "Incorrect token audience");
    await lab.iam.addClientIDToOpenIDConnectProvider({
      OpenIDConnectProviderArn: providerArn,
      ClientID: "client",
    });
    await lab.come();
  });

  test("tags and a source identity of the token need permission and reach the session", async () => {
    const claims = {
      "https://aws.amazon.com/tags": {
        principal_tags: { project: ["blue"] },
        transitive_tag_keys: ["project"],
      },
      "https://aws.amazon.com/source_identity": "alice",
    };
    await refusedBy(
      lab.come(claims),
      "AccessDenied",
      403,
      /is not authorized to perform: sts:TagSession on resource: /,
    );
    const RoleArn = await makeRole(lab.iam, "tagged-web", {
      trust: trustOf(
        {
          StringEquals: { "aws:RequestTag/project": "blue", "sts:SourceIdentity": "alice" },
        },
        "sts:TagSession",
        "sts:SetSourceIdentity",
      ),
      policy: policyOf({
        Action: "kms:ListKeys",
        Condition: {
          StringEquals: {
            "aws:PrincipalTag/project": "blue",
            "aws:SourceIdentity": "alice",
            "aws:FederatedProvider": providerArn,
            [`${host}:sub`]: "subject",
          },
        },
      }),
    });
    const answer = await lab.send({ RoleArn, WebIdentityToken: await lab.issuer.token(claims) });
    assert.equal(answer.SourceIdentity, "alice");
    await kmsAs(lab.server, clientCredentials(answer.Credentials)).listKeys({});
    const malformed = {
      "https://aws.amazon.com/tags": { principal_tags: { project: ["a", "b"] } },
    };
    await notAccepted(lab.come(malformed), "The session tags of the token are not valid.");
  });

  test("who comes with a token is nobody of the account, though the role trusts everybody in it", async () => {
    const trusts = (Condition: object | undefined) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: {
          Effect: "Allow",
          Principal: "*",
          Action: "sts:AssumeRoleWithWebIdentity",
          ...(Condition === undefined ? {} : { Condition }),
        },
      });
    const RoleArn = await makeRole(lab.iam, "everybody", { trust: trusts(undefined) });
    const come = async () => lab.send({ RoleArn, WebIdentityToken: await lab.issuer.token() });
    await come();
    for (const Condition of [
      { StringEquals: { "aws:PrincipalAccount": account } },
      { StringEquals: { "aws:PrincipalType": "FederatedUser" } },
      { ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${account}:*` } },
      { Null: { "aws:userid": "false" } },
    ]) {
      await lab.iam.updateAssumeRolePolicy({
        RoleName: "everybody",
        PolicyDocument: trusts(Condition),
      });
      await refusedBy(come(), "AccessDenied", 403, notAuthorized);
    }
  });

  test("a provider that is deleted opens nothing more", async () => {
    await lab.come();
    await lab.iam.deleteOpenIDConnectProvider({ OpenIDConnectProviderArn: providerArn });
    await notAccepted(
      lab.come(),
      `No OpenIDConnect provider found in your account for ${lab.issuer.url}`,
    );
    await lab.iam.createOpenIDConnectProvider({
      Url: lab.issuer.url,
      ClientIDList: ["client", "another"],
    });
    await lab.come();
  });

  test("the AWS CLI trades the token of a file", async (context) => {
    const [program] = installed("aws");
    if (program === undefined) return withoutClient(context, "the AWS CLI");
    const folder = join(lab.server.folder, "..", "cli");
    mkdirSync(join(folder, ".aws"), { recursive: true });
    writeFileSync(join(folder, "token"), await lab.issuer.token());
    writeFileSync(
      join(folder, ".aws", "config"),
      `[profile web]
role_arn = ${arn}
web_identity_token_file = ${join(folder, "token")}
role_session_name = by-file
region = us-east-1
endpoint_url = ${lab.server.url}
`,
    );
    const args = ["--profile", "web", "--output", "json", "sts", "get-caller-identity"];
    const { code, out, error } = await runClient(lab.server, folder, program, args);
    assert.equal(code, 0, error);
    const { Arn } = JSON.parse(out) as { Arn: string };
    assert.equal(Arn, `arn:aws:sts::${account}:assumed-role/web/by-file`);
  });

  test("no other operation goes unsigned", async () => {
    for (const body of [
      "Action=GetCallerIdentity&Version=2011-06-15",
      `Action=AssumeRole&Version=2011-06-15&RoleArn=${arn}&RoleSessionName=session`,
      "Action=constructor&Version=2011-06-15",
      "Action=AssumeRoleWithWebIdentity&Version=2010-05-08",
      "Action=%zz",
      // Strangers are not read for longer than an identity token can be.
      `Action=AssumeRoleWithWebIdentity&Version=2011-06-15&More=${"x".repeat(140_000)}`,
    ]) {
      const response = await fetch(lab.server.url, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body,
      });
      assert.equal(response.status, 403);
      assert.match(await response.text(), /<Code>MissingAuthenticationToken<\/Code>/);
    }
  });

  test("who signs besides is still only whom the token names", async () => {
    const sts = connectSts(lab.server, "admin");
    const { AssumedRoleUser, SessionTokenSize } = await sts.assumeRoleWithWebIdentity({
      RoleArn: arn,
      RoleSessionName: "session",
      WebIdentityToken: await lab.issuer.token(),
      MinimumSessionTokenSize: 3000,
    });
    assert.match(String(AssumedRoleUser?.Arn), /assumed-role\/web\/session$/);
    assert.equal(SessionTokenSize, 3000);
  });

  test("whatever strangers send, they are refused in their own protocol", async () => {
    const form = new URLSearchParams({
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: arn,
      RoleSessionName: "session",
      "PolicyArns.member.1.arn": arn,
      WebIdentityToken: await lab.issuer.token({ sub: "stranger" }),
    });
    const whole = Buffer.from(form.toString());
    const choose = chooser("unsigned");
    for (let sent = 0; sent < 400; sent++) {
      const body = mutated([whole], choose);
      const response = await fetch(lab.server.url, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: Uint8Array.from(body),
      });
      const text = await response.text();
      assert.ok(response.status >= 400 && response.status < 500, `seed ${seed}: ${body} → ${text}`);
      assert.match(text, /^<ErrorResponse .*<\/ErrorResponse>\n$/s);
    }
  });

  test("an unsigned operation with a signature that does not hold is refused", async () => {
    const query = new URLSearchParams({
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: arn,
      RoleSessionName: "session",
      WebIdentityToken: await lab.issuer.token(),
    });
    const statusWith = async (headers: Readonly<Record<string, string>>): Promise<number> => {
      const type = { "content-type": "application/x-www-form-urlencoded" };
      const init = { method: "POST", headers: { ...type, ...headers }, body: query.toString() };
      return (await fetch(lab.server.url, init)).status;
    };
    assert.equal(await statusWith({}), 200);
    assert.notEqual(await statusWith({ authorization: "AWS4-HMAC-SHA256 Credential=x" }), 200);
  });
});
