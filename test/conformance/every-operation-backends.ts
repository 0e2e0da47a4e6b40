import { after } from "node:test";
import { clusterFlags, externalStore, password, proxyFlags } from "../custom-key-stores/stores.ts";
import { makeAuthority } from "../support/authority.ts";
import type { Flags } from "../support/keywright.ts";
import { softHsm } from "../support/softhsm.ts";
import type { TestProxy } from "../support/xks-proxy.ts";
import { startXksProxy } from "../support/xks-proxy.ts";
import type { Members } from "./sdk-model.ts";

/** What custom key stores need: a token that is a cluster, and proxies of external key managers. */
export interface Backends {
  readonly flags: Flags;
  readonly proxy: TestProxy;
  readonly clusters: { readonly own: string; readonly unrelated: string; readonly unknown: string };
  /** What creates a store of the cluster. */
  readonly hsm: Members;
  /** What creates a store over the first proxy, and over the second, which a VPC hides. */
  readonly external: Members;
  readonly hidden: Members;
  /** A certificate of no cluster of ours. */
  readonly strange: string;
}

const endings: (() => Promise<unknown>)[] = [];
after(() => Promise.all(endings.map((end) => end())));

/** Starts them; they end after all tests of the file. */
export async function openBackends(): Promise<Backends> {
  const token = softHsm();
  token.addToken("first", password);
  const [authority, stranger] = [makeAuthority(), makeAuthority()];
  const proxy = await startXksProxy(authority);
  const second = await startXksProxy(authority, { host: "other.example.test" });
  const clusters = {
    own: "cluster-aaaaaaaaaaa",
    unrelated: "cluster-ccccccccccc",
    unknown: "cluster-eeeeeeeeeee",
  };
  const configured = clusterFlags(token, [
    { id: clusters.own, token: "first", certificateFile: authority.certificateFile },
    { id: clusters.unrelated, token: "first", certificateFile: stranger.certificateFile },
  ]);
  endings.push(async () => {
    token.remove();
    configured.remove();
    authority.remove();
    stranger.remove();
    await Promise.all([proxy.close(), second.close()]);
  });
  return {
    flags: [...configured.flags, ...proxyFlags([proxy, second], authority)],
    proxy,
    clusters,
    hsm: {
      CustomKeyStoreName: "hsm",
      CloudHsmClusterId: clusters.own,
      TrustAnchorCertificate: authority.certificate,
      KeyStorePassword: password,
    },
    external: { ...externalStore(proxy) },
    hidden: {
      ...externalStore(second),
      CustomKeyStoreName: "hidden",
      XksProxyConnectivity: "VPC_ENDPOINT_SERVICE",
      XksProxyVpcEndpointServiceName: "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0",
    },
    strange: stranger.certificate,
  };
}
