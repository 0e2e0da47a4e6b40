import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { JWK } from "jose";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { Authority } from "./authority.ts";
import type { Flags } from "./keywright.ts";

interface IssuerKey {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

/** An answer that an issuer gives in the place of its own. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Never ends. */
  readonly stalls?: true;
}

/** An issuer of OpenID Connect tokens: real HTTPS, real keys. */
export interface TestIssuer {
  readonly host: string;
  readonly port: number;
  /** `https://host`, as tokens name it. */
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** Answers by path that replace the usual ones. */
  readonly answers: Map<string, Answer>;
  /** Members that replace those of the discovery document. */
  configuration: Readonly<Record<string, unknown>>;
  /** Makes another key; published unless it is `hidden`. */
  addKey(kid: string, alg?: string, hidden?: boolean): Promise<void>;
  publish(...kids: readonly string[]): void;
  /** A token of this issuer for half an hour; members that are undefined are left out. */
  token(
    claims?: Readonly<Record<string, unknown>>,
    header?: { readonly kid?: string },
  ): Promise<string>;
  readonly publicKeys: readonly JWK[];
  close(): Promise<void>;
}

/** Starts an issuer on a free port of the loopback, with a certificate of the authority. */
export async function startIssuer(authority: Authority, host: string): Promise<TestIssuer> {
  const { certificate, key } = authority.issue(host);
  const keys = new Map<string, IssuerKey>();
  const published = new Set<string>();
  const url = `https://${host}`;
  const server = createServer({ cert: certificate, key }, (request, response) => {
    const path = request.url ?? "";
    issuer.asked.push(path);
    const {
      status = 200,
      headers = {},
      body = usual(path),
      stalls,
    } = issuer.answers.get(path) ?? {};
    if (stalls) return;
    response.writeHead(body === undefined ? 404 : status, headers).end(body);
  });
  const usual = (path: string): string | undefined => {
    if (path === "/.well-known/openid-configuration")
      return JSON.stringify({ issuer: url, jwks_uri: `${url}/keys`, ...issuer.configuration });
    return path === "/keys" ? JSON.stringify({ keys: issuer.publicKeys }) : undefined;
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer: TestIssuer = {
    host,
    port: (server.address() as AddressInfo).port,
    url,
    asked: [],
    answers: new Map(),
    configuration: {},
    async addKey(kid, alg = "RS256", hidden = false) {
      const { privateKey, publicKey } = await generateKeyPair(alg);
      keys.set(kid, { alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } });
      if (!hidden) published.add(kid);
    },
    publish(...kids) {
      published.clear();
      for (const kid of kids) published.add(kid);
    },
    async token(claims = {}, { kid = "first" } = {}) {
      const signer = keys.get(kid);
      if (signer === undefined) throw new TypeError(`the issuer has no key ${kid}`);
      const now = Math.floor(Date.now() / 1000);
      const usualClaims = { iss: url, aud: "client", sub: "subject", iat: now, exp: now + 1800 };
      const all = Object.entries({ ...usualClaims, ...claims }).filter(
        ([, value]) => value !== undefined,
      );
      return new SignJWT(Object.fromEntries(all))
        .setProtectedHeader({ alg: signer.alg, kid })
        .sign(signer.privateKey);
    },
    get publicKeys() {
      return [...keys.values()].flatMap(({ jwk }) => (published.has(jwk.kid ?? "") ? [jwk] : []));
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  await issuer.addKey("first");
  return issuer;
}

/** Lets a server connect to issuers. */
export function issuerFlags(
  issuers: readonly Pick<TestIssuer, "host" | "port">[],
  authority: Authority,
): Flags {
  const hosts = issuers.map(({ host, port }) => `${host}=127.0.0.1:${port}`);
  return [
    ["--oidc-hosts", hosts.join(",")],
    ["--oidc-ca", authority.certificateFile],
  ];
}
