import { after, before, beforeEach } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import type {
  AssumeRoleWithWebIdentityCommandInput,
  AssumeRoleWithWebIdentityCommandOutput,
} from "@aws-sdk/client-sts";
import { STS } from "@aws-sdk/client-sts";
import { account, openServer, policyOf } from "../conformance/support.ts";
import { connectIam } from "../iam/support.ts";
import type { Authority } from "../support/authority.ts";
import { makeAuthority } from "../support/authority.ts";
import type { TestServer } from "../support/keywright.ts";
import type { TestIssuer } from "../support/oidc-issuer.ts";
import { issuerFlags, startIssuer } from "../support/oidc-issuer.ts";
import { makeRole, refusedBy, roleArn } from "./support.ts";

export const host = "issuer.example.test";
export const providerArn = `arn:aws:iam::${account}:oidc-provider/${host}`;
export const arn = roleArn("web");

export function trustOf(condition: object | undefined, ...more: readonly string[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: providerArn },
        Action: ["sts:AssumeRoleWithWebIdentity", ...more],
        Condition: condition,
      },
    ],
  });
}

type Claims = Readonly<Record<string, unknown>>;

/** A server that trusts an issuer, another issuer that it must not ask, and a role for the tokens of the first. */
export interface WebIdentityLab {
  readonly authority: Authority;
  readonly issuer: TestIssuer;
  readonly unlisted: TestIssuer;
  readonly server: TestServer;
  readonly iam: IAM;
  /** Nobody signs this call: the client has no credentials at all. */
  send(
    input: Partial<AssumeRoleWithWebIdentityCommandInput>,
  ): Promise<AssumeRoleWithWebIdentityCommandOutput>;
  /** Sends a token of the issuer. */
  come(
    claims?: Claims,
    header?: { readonly kid?: string },
  ): Promise<AssumeRoleWithWebIdentityCommandOutput>;
  /** Starts the server again: a new one knows no keys. */
  restart(): Promise<void>;
}

/** A lab for the tests of a suite; before each of them the issuer is itself again and the server knows no keys. */
export function webIdentityLab(): WebIdentityLab {
  const authority = makeAuthority();
  let issuer: TestIssuer;
  let unlisted: TestIssuer;
  let server: TestServer;
  let iam: IAM;
  const lab: WebIdentityLab = {
    authority,
    get issuer() {
      return issuer;
    },
    get unlisted() {
      return unlisted;
    },
    get server() {
      return server;
    },
    get iam() {
      return iam;
    },
    send(input) {
      const sts = new STS({ endpoint: server.url, region: "us-east-1", maxAttempts: 1 });
      return sts.assumeRoleWithWebIdentity({
        RoleArn: arn,
        RoleSessionName: "session",
        WebIdentityToken: "",
        ...input,
      });
    },
    come: async (claims, header) =>
      lab.send({ WebIdentityToken: await issuer.token(claims, header) }),
    async restart() {
      await server.restart();
      iam = connectIam(server);
    },
  };
  before(async () => {
    issuer = await startIssuer(authority, host);
    unlisted = await startIssuer(authority, "unlisted.example.test");
    server = await openServer(undefined, issuerFlags([issuer], authority));
    iam = connectIam(server);
    for (const Url of [issuer.url, unlisted.url])
      await iam.createOpenIDConnectProvider({ Url, ClientIDList: ["client", "another"] });
    await makeRole(iam, "web", {
      trust: trustOf({ StringEquals: { [`${host}:sub`]: "subject", [`${host}:aud`]: "client" } }),
      policy: policyOf({ Action: "kms:ListKeys" }),
    });
  });
  beforeEach(async () => {
    issuer.answers.clear();
    issuer.configuration = {};
    server.clock.offset = 0;
    await lab.restart();
    issuer.asked.length = 0;
  });
  after(async () => {
    await issuer.close();
    await unlisted.close();
    authority.remove();
  });
  return lab;
}

/** Proves that an identity token is refused with this text. */
export function notAccepted(call: Promise<unknown>, message: string | RegExp): Promise<void> {
  return refusedBy(call, "InvalidIdentityTokenException", 400, message);
}

/** AWS's refusal when an issuer's keys cannot be had. */
export const noKeys =
  "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements";
