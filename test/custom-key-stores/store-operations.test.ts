import * as assert from "node:assert/strict";
import { test } from "node:test";
import { account, connect, refused } from "../conformance/support.ts";
import { ids, openLab } from "./lab.ts";
import { connectStore, createStore, describe, externalStore, password } from "./stores.ts";

const lab = await openLab();
const { authority, cluster, inNewRegion, prefixed, proxy, server, stranger } = lab;

test("a store of a cluster is described with all that it has, and never with its password", async () => {
  const kms = inNewRegion();
  const id = await createStore(kms, cluster);
  const { CreationDate, ...members } = await describe(kms, id);
  assert.ok(CreationDate instanceof Date);
  assert.deepEqual(members, {
    CustomKeyStoreId: id,
    CustomKeyStoreName: "hsm",
    CustomKeyStoreType: "AWS_CLOUDHSM",
    CloudHsmClusterId: ids.first,
    TrustAnchorCertificate: authority.certificate,
    ConnectionState: "DISCONNECTED",
  });
});

test("an external store is described with its proxy, and never with its secret", async () => {
  const kms = inNewRegion();
  const id = await createStore(kms, externalStore(proxy));
  const { CreationDate: _, ...members } = await describe(kms, id);
  assert.deepEqual(members, {
    CustomKeyStoreId: id,
    CustomKeyStoreName: "external",
    CustomKeyStoreType: "EXTERNAL_KEY_STORE",
    ConnectionState: "DISCONNECTED",
    XksProxyConfiguration: {
      Connectivity: "PUBLIC_ENDPOINT",
      AccessKeyId: proxy.credential.accessKeyId,
      UriEndpoint: `https://${proxy.host}`,
      UriPath: "/kms/xks/v1",
    },
  });
});

test("a cluster has to be the account's, unused, and known by its certificate", async () => {
  const kms = inNewRegion();
  const create = (changed: object) => kms.createCustomKeyStore({ ...cluster, ...changed });
  for (const CloudHsmClusterId of [ids.unknown, ids.foreign])
    await refused(create({ CloudHsmClusterId }), "CloudHsmClusterNotFoundException", /./);
  for (const TrustAnchorCertificate of [stranger.certificate, "no certificate"])
    await refused(create({ TrustAnchorCertificate }), "IncorrectTrustAnchorException", /./);
  await createStore(kms, cluster);
  await refused(
    create({ CloudHsmClusterId: ids.unrelated, TrustAnchorCertificate: stranger.certificate }),
    "CustomKeyStoreNameInUseException",
    /hsm/,
  );
  for (const CloudHsmClusterId of [ids.first, ids.backup])
    await refused(
      create({ CustomKeyStoreName: "again", CloudHsmClusterId }),
      "CloudHsmClusterInUseException",
      /./,
    );
});

test("members of the other type, or missing ones, are refused", async () => {
  const kms = inNewRegion();
  const external = externalStore(proxy);
  for (const wrong of [
    { ...cluster, KeyStorePassword: undefined },
    { ...cluster, TrustAnchorCertificate: undefined },
    { ...cluster, CloudHsmClusterId: undefined },
    { ...cluster, XksProxyUriPath: "/kms/xks/v1" },
    { ...external, CustomKeyStoreType: undefined },
    { ...external, KeyStorePassword: password },
    { ...external, XksProxyConnectivity: undefined },
    { ...external, XksProxyAuthenticationCredential: undefined },
    { ...external, XksProxyUriEndpoint: "http://xks.example.test" },
    { ...external, XksProxyUriEndpoint: `https://${proxy.host}:${proxy.port}` },
    { ...external, XksProxyUriPath: "/kms/xks" },
    { ...external, XksProxyVpcEndpointServiceOwner: account },
    { ...external, XksProxyConnectivity: "VPC_ENDPOINT_SERVICE" },
  ] as const)
    await refused(kms.createCustomKeyStore(wrong), "ValidationException", /./);
});

test("a proxy is asked for its health before a store is created", async () => {
  const kms = inNewRegion();
  const create = (changed: object = {}) => kms.createCustomKeyStore(externalStore(proxy, changed));
  const failures = [
    ["AuthenticationFailedException", 401, "XksProxyIncorrectAuthenticationCredentialException"],
    ["InvalidUriPathException", 404, "XksProxyInvalidConfigurationException"],
    ["ThrottlingException", 429, "XksProxyUriUnreachableException"],
    ["DependencyTimeoutException", 503, "XksProxyUriUnreachableException"],
    ["InternalException", 500, "XksProxyInvalidResponseException"],
    ["AnotherException", 500, "XksProxyInvalidResponseException"],
  ] as const;
  for (const [errorName, status, code] of failures) {
    proxy.fault = { kind: "error", errorName, status };
    await refused(create(), code, /external key store proxy/);
  }
  proxy.fault = undefined;
  proxy.health = ["UNAVAILABLE"];
  await refused(create(), "XksProxyUriUnreachableException", /in an unhealthy state/);
  proxy.health = ["ACTIVE"];
  await refused(
    create({ XksProxyUriPath: "/other/kms/xks/v1" }),
    "XksProxyInvalidConfigurationException",
    /invalid URI path/,
  );
  await refused(
    create({ XksProxyUriEndpoint: "https://metadata.example.test" }),
    "XksProxyUriUnreachableException",
    /--xks-hosts/,
  );
  assert.deepEqual((await kms.describeCustomKeyStores({})).CustomKeyStores, []);
  await createStore(kms, externalStore(proxy));
  const call = proxy.asked.at(-1)?.body["requestMetadata"] as object;
  assert.equal(Reflect.get(call, "kmsOperation"), "CreateCustomKeyStore");
});

test("proxies, endpoints and endpoint services are each one store's", async () => {
  const kms = inNewRegion();
  await createStore(kms, externalStore(proxy));
  const other = (changed: object) =>
    kms.createCustomKeyStore(externalStore(proxy, { CustomKeyStoreName: "other", ...changed }));
  await refused(other({}), "XksProxyUriInUseException", /./);
  const service = {
    XksProxyConnectivity: "VPC_ENDPOINT_SERVICE",
    XksProxyVpcEndpointServiceName: "com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0",
  } as const;
  await refused(
    other({ ...service, XksProxyUriPath: "/x/kms/xks/v1" }),
    "XksProxyUriEndpointInUseException",
    /./,
  );
  const vpc = externalStore(prefixed, {
    ...service,
    CustomKeyStoreName: "vpc",
    XksProxyUriPath: "/tenant/kms/xks/v1",
  });
  const id = await createStore(kms, vpc);
  const { XksProxyConfiguration } = await describe(kms, id);
  assert.equal(XksProxyConfiguration?.VpcEndpointServiceOwner, account);
  await refused(
    other({ ...service, XksProxyUriEndpoint: "https://third.example.test" }),
    "XksProxyVpcEndpointServiceInUseException",
    /./,
  );
  await connectStore(kms, id);
});

test("an account has ten stores in a region, and no eleventh", async () => {
  const kms = inNewRegion();
  await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      createStore(
        kms,
        externalStore(proxy, {
          CustomKeyStoreName: `store-${index}`,
          XksProxyConnectivity: "VPC_ENDPOINT_SERVICE",
          XksProxyUriEndpoint: `https://host-${index}.example.test`,
          XksProxyVpcEndpointServiceName: `com.amazonaws.vpce.eu-west-1.vpce-svc-${index}`,
        }),
      ),
    ),
  );
  await refused(
    kms.createCustomKeyStore(cluster),
    "LimitExceededException",
    /10 custom key stores/,
  );
  const found: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await kms.describeCustomKeyStores({ Limit: 3, Marker });
    found.push(...(page.CustomKeyStores ?? []).map((each) => String(each.CustomKeyStoreName)));
    assert.equal(page.Truncated, page.NextMarker !== undefined);
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  assert.deepEqual(
    found.toSorted(),
    Array.from({ length: 10 }, (_, index) => `store-${index}`),
  );
});

test("a store is found by its id or its name, not by both, and only where it is", async () => {
  const kms = inNewRegion();
  const id = await createStore(kms, cluster);
  const byName = await kms.describeCustomKeyStores({ CustomKeyStoreName: "hsm" });
  assert.deepEqual(
    byName.CustomKeyStores?.map((each) => each.CustomKeyStoreId),
    [id],
  );
  await refused(
    kms.describeCustomKeyStores({ CustomKeyStoreId: id, CustomKeyStoreName: "hsm" }),
    "ValidationException",
    /./,
  );
  const missing = "CustomKeyStoreNotFoundException";
  await refused(kms.describeCustomKeyStores({ CustomKeyStoreName: "other" }), missing, /other/);
  await refused(kms.describeCustomKeyStores({ Marker: "odd" }), "InvalidMarkerException", /./);
  for (const client of [inNewRegion(), connect(server, "other", "eu-west-1")])
    for (const call of [
      () => client.describeCustomKeyStores({ CustomKeyStoreId: id }),
      () => client.connectCustomKeyStore({ CustomKeyStoreId: id }),
      () => client.disconnectCustomKeyStore({ CustomKeyStoreId: id }),
      () => client.deleteCustomKeyStore({ CustomKeyStoreId: id }),
      () => client.updateCustomKeyStore({ CustomKeyStoreId: id, NewCustomKeyStoreName: "x" }),
    ])
      await refused(call(), missing, /./);
});
