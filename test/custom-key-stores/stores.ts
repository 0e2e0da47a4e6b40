import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  CreateCustomKeyStoreCommandInput,
  CustomKeyStoresListEntry,
  KMS,
} from "@aws-sdk/client-kms";
import { account } from "../conformance/support.ts";
import type { Authority } from "../support/authority.ts";
import type { Flags } from "../support/keywright.ts";
import type { SoftHsm } from "../support/softhsm.ts";
import type { TestProxy } from "../support/xks-proxy.ts";

export const password = "kmsuser-1";

/** Tokens as clusters of the first account, all with the same certificate unless they say otherwise. */
export interface TestCluster {
  readonly id: string;
  readonly token: string;
  readonly certificateFile: string;
  readonly module?: string;
  readonly account?: string;
}

/** Writes the file that names tokens as clusters. */
export function clusterFlags(
  hsm: SoftHsm,
  clusters: readonly TestCluster[],
): { readonly flags: Flags; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "keywright-clusters-"));
  const entries = clusters.map(({ id, token, certificateFile, module = hsm.module, ...rest }) => [
    id,
    { account: rest.account ?? account, module, token, certificate: certificateFile },
  ]);
  const file = join(folder, "clusters.json");
  writeFileSync(file, JSON.stringify(Object.fromEntries(entries)));
  return {
    flags: [["--cloudhsm-clusters", file]],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Lets a server connect to proxies; slow machines get time. */
export function proxyFlags(proxies: readonly TestProxy[], authority: Authority): Flags {
  const hosts = proxies.map(({ host, port }) => `${host}=127.0.0.1:${port}`);
  return [
    ["--xks-hosts", hosts.join(",")],
    ["--xks-ca", authority.certificateFile],
    ["--xks-timeout", "5000"],
  ];
}

/** What creates a store over a proxy. */
export function externalStore(
  proxy: TestProxy,
  changed: Partial<CreateCustomKeyStoreCommandInput> = {},
): CreateCustomKeyStoreCommandInput {
  return {
    CustomKeyStoreName: "external",
    CustomKeyStoreType: "EXTERNAL_KEY_STORE",
    XksProxyConnectivity: "PUBLIC_ENDPOINT",
    XksProxyUriEndpoint: `https://${proxy.host}`,
    XksProxyUriPath: "/kms/xks/v1",
    XksProxyAuthenticationCredential: {
      AccessKeyId: proxy.credential.accessKeyId,
      RawSecretAccessKey: proxy.credential.secret,
    },
    ...changed,
  };
}

/** Creates a store and returns its id. */
export async function createStore(
  kms: KMS,
  input: CreateCustomKeyStoreCommandInput,
): Promise<string> {
  const { CustomKeyStoreId } = await kms.createCustomKeyStore(input);
  assert.match(String(CustomKeyStoreId), /^cks-[0-9a-f]{17}$/);
  return String(CustomKeyStoreId);
}

/** The description of one store. */
export async function describe(kms: KMS, id: string): Promise<CustomKeyStoresListEntry> {
  const { CustomKeyStores = [] } = await kms.describeCustomKeyStores({ CustomKeyStoreId: id });
  assert.equal(CustomKeyStores.length, 1);
  return CustomKeyStores[0] ?? {};
}

/** Waits until a store's connection is in a state. */
export async function untilState(
  kms: KMS,
  id: string,
  state: string,
): Promise<CustomKeyStoresListEntry> {
  const deadline = performance.now() + patience;
  for (;;) {
    const store = await describe(kms, id);
    if (store.ConnectionState === state) return store;
    assert.ok(performance.now() < deadline, `${store.ConnectionState} never became ${state}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Milliseconds after which a store that is not in a state is taken never to be. */
const patience = 60_000;

/** Connects a store and waits until it is. */
export async function connectStore(kms: KMS, id: string): Promise<void> {
  assert.deepEqual(
    (await kms.connectCustomKeyStore({ CustomKeyStoreId: id })).$metadata.httpStatusCode,
    200,
  );
  await untilState(kms, id, "CONNECTED");
}

/** Disconnects a store and waits until it is. */
export async function disconnectStore(kms: KMS, id: string): Promise<void> {
  await kms.disconnectCustomKeyStore({ CustomKeyStoreId: id });
  await untilState(kms, id, "DISCONNECTED");
}
