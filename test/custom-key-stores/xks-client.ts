import * as assert from "node:assert/strict";
import type { XksFailure } from "../../src/keystore/xks/failures.ts";
import { XksError } from "../../src/keystore/xks/failures.ts";
import type { ProxyHosts } from "../../src/keystore/xks/hosts.ts";
import { parseProxyHosts } from "../../src/keystore/xks/hosts.ts";
import type { XksProxy, XksProxyOptions } from "../../src/keystore/xks/proxy.ts";
import { xksProxy } from "../../src/keystore/xks/proxy.ts";
import type { Authority } from "../support/authority.ts";
import type { TestProxy } from "../support/xks-proxy.ts";

/** Reads an operator's list that is known to be right. */
export function hostsOf(...entries: readonly string[]): ProxyHosts {
  const hosts = parseProxyHosts(entries);
  assert.ok(hosts);
  return hosts;
}

/** A client of a proxy that knows its authority and its credential; slow machines get time. */
export function connectTo(
  proxy: TestProxy,
  authority: Authority,
  changed: Partial<XksProxyOptions> = {},
): XksProxy {
  const options = {
    endpoint: `https://${proxy.host}`,
    path: "/kms/xks/v1",
    region: "eu-north-1",
    accessKeyId: proxy.credential.accessKeyId,
    secret: Buffer.from(proxy.credential.secret),
    hosts: hostsOf(`${proxy.host}=127.0.0.1:${proxy.port}`),
    tls: { ca: authority.certificate },
    timeout: 5_000,
    ...changed,
  };
  return xksProxy(options, () => new Date());
}

/** Whether an error is this failure, and says nothing that the proxy told in confidence. */
export const failsAs =
  (failure: XksFailure) =>
  (error: unknown): true => {
    assert.ok(error instanceof XksError, String(error));
    assert.equal(error.failure, failure);
    assert.ok(!error.message.includes("internal-detail-of-proxy"));
    return true;
  };
