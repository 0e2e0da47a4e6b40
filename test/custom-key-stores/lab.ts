import { after } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import { connect, openServer, otherAccount } from "../conformance/support.ts";
import { makeAuthority } from "../support/authority.ts";
import { softHsm } from "../support/softhsm.ts";
import { startXksProxy } from "../support/xks-proxy.ts";
import { clusterFlags, password, proxyFlags } from "./stores.ts";

/** The clusters of the lab. */
export const ids = {
  first: "cluster-aaaaaaaaaaa",
  /** Made of a backup of the first: it has the same certificate. */
  backup: "cluster-bbbbbbbbbbb",
  unrelated: "cluster-ccccccccccc",
  /** Of the other account. */
  foreign: "cluster-ddddddddddd",
  unknown: "cluster-eeeeeeeeeee",
};

/** A server with several clusters and two proxies, for the tests of a file; it is closed after all of them. */
export async function openLab(seed?: object) {
  const hsm = softHsm();
  for (const label of ["first", "second", "foreign"]) hsm.addToken(label, password);
  const authority = makeAuthority();
  const stranger = makeAuthority();
  const proxy = await startXksProxy(authority);
  const prefixed = await startXksProxy(authority, {
    host: "other.example.test",
    prefix: "/tenant",
  });
  const { certificateFile } = authority;
  const clusters = clusterFlags(hsm, [
    { id: ids.first, token: "first", certificateFile },
    { id: ids.backup, token: "first", certificateFile },
    { id: ids.unrelated, token: "second", certificateFile: stranger.certificateFile },
    { id: ids.foreign, token: "foreign", certificateFile, account: otherAccount },
  ]);
  const server = await openServer(seed, [
    ...clusters.flags,
    ...proxyFlags([proxy, prefixed], authority),
  ]);
  after(async () => {
    hsm.remove();
    clusters.remove();
    authority.remove();
    stranger.remove();
    await Promise.all([proxy.close(), prefixed.close()]);
  });
  let regions = 0;
  return {
    hsm,
    authority,
    stranger,
    proxy,
    prefixed,
    server,
    /** What creates a store of the first cluster. */
    cluster: {
      CustomKeyStoreName: "hsm",
      CloudHsmClusterId: ids.first,
      TrustAnchorCertificate: authority.certificate,
      KeyStorePassword: password,
    },
    /** A region that has no stores yet. */
    newRegion: (): string => `eu-west-${++regions}`,
    /** A client in such a region. */
    inNewRegion: (): KMS => connect(server, "admin", `eu-west-${++regions}`),
  };
}

/** The refusal of a store by the state of its connection. */
export const invalidState = (state: string) =>
  ["CustomKeyStoreInvalidStateException", new RegExp(`is ${state}, which`)] as const;
