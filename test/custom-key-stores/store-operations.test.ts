import * as assert from "node:assert/strict";
import { after, test } from "node:test";
import { lastRecord, proveRecord } from "../conformance/audit-support.ts";
import {
  account,
  answer,
  connect,
  createKey,
  day,
  openServer,
  policyOf,
  refused,
  seedWith,
} from "../conformance/support.ts";
import { makeAuthority } from "../support/authority.ts";
import { softHsm } from "../support/softhsm.ts";
import { startXksProxy } from "../support/xks-proxy.ts";
import {
  clusterFlags,
  connectStore,
  createStore,
  describe,
  disconnectStore,
  externalStore,
  password,
  proxyFlags,
  untilState,
} from "./stores.ts";

const hsm = softHsm();
for (const label of ["first", "second", "foreign"]) hsm.addToken(label, password);
const authority = makeAuthority();
const stranger = makeAuthority();
const proxy = await startXksProxy(authority);
const prefixed = await startXksProxy(authority, { host: "other.example.test", prefix: "/tenant" });
const ids = {
  first: "cluster-aaaaaaaaaaa",
  /** Made of a backup of the first: it has the same certificate. */
  backup: "cluster-bbbbbbbbbbb",
  unrelated: "cluster-ccccccccccc",
  foreign: "cluster-ddddddddddd",
  unknown: "cluster-eeeeeeeeeee",
};
const { certificateFile } = authority;
const clusters = clusterFlags(hsm, [
  { id: ids.first, token: "first", certificateFile },
  { id: ids.backup, token: "first", certificateFile },
  { id: ids.unrelated, token: "second", certificateFile: stranger.certificateFile },
  { id: ids.foreign, token: "foreign", certificateFile, account: "444455556666" },
]);
const seed = seedWith({
  manager: policyOf({ Action: ["kms:DescribeCustomKeyStores", "kms:ConnectCustomKeyStore"] }),
});
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

const cluster = {
  CustomKeyStoreName: "hsm",
  CloudHsmClusterId: ids.first,
  TrustAnchorCertificate: authority.certificate,
  KeyStorePassword: password,
};
let regions = 0;
/** A client in a region that has no stores yet. */
const inNewRegion = () => connect(server, "admin", `eu-west-${++regions}`);
const invalidState = (state: string) =>
  ["CustomKeyStoreInvalidStateException", new RegExp(`is ${state}, which`)] as const;

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
  const vpc = externalStore(prefixed, { ...service, XksProxyUriPath: "/tenant/kms/xks/v1" });
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
      client.describeCustomKeyStores({ CustomKeyStoreId: id }),
      client.connectCustomKeyStore({ CustomKeyStoreId: id }),
      client.disconnectCustomKeyStore({ CustomKeyStoreId: id }),
      client.deleteCustomKeyStore({ CustomKeyStoreId: id }),
      client.updateCustomKeyStore({ CustomKeyStoreId: id, NewCustomKeyStoreName: "x" }),
    ])
      await refused(call, missing, /./);
});

test("each operation works in its states of the connection only, and answers with an empty object", async () => {
  const kms = inNewRegion();
  const id = await createStore(kms, cluster);
  const CustomKeyStoreId = id;
  await refused(
    kms.disconnectCustomKeyStore({ CustomKeyStoreId }),
    ...invalidState("DISCONNECTED"),
  );
  assert.deepEqual(await answer(kms.connectCustomKeyStore({ CustomKeyStoreId })), {});
  await untilState(kms, id, "CONNECTED");
  assert.deepEqual(await answer(kms.connectCustomKeyStore({ CustomKeyStoreId })), {});
  await refused(kms.deleteCustomKeyStore({ CustomKeyStoreId }), ...invalidState("CONNECTED"));
  for (const change of [{ KeyStorePassword: "another-1" }, { CloudHsmClusterId: ids.backup }])
    await refused(
      kms.updateCustomKeyStore({ CustomKeyStoreId, ...change }),
      ...invalidState("CONNECTED"),
    );
  const rename = { CustomKeyStoreId, NewCustomKeyStoreName: "renamed" };
  assert.deepEqual(await answer(kms.updateCustomKeyStore(rename)), {});
  assert.equal((await describe(kms, id)).CustomKeyStoreName, "renamed");
  assert.equal((await describe(kms, id)).ConnectionState, "CONNECTED");
  await disconnectStore(kms, id);
  assert.deepEqual(await answer(kms.deleteCustomKeyStore({ CustomKeyStoreId })), {});
  assert.deepEqual((await kms.describeCustomKeyStores({})).CustomKeyStores, []);
});

test("a store that holds keys is not deleted, not even while they wait for their deletion", async () => {
  const kms = inNewRegion();
  const id = await createStore(kms, cluster);
  await connectStore(kms, id);
  const key = await createKey(kms, { Origin: "AWS_CLOUDHSM", CustomKeyStoreId: id });
  const remove = (client = kms) => client.deleteCustomKeyStore({ CustomKeyStoreId: id });
  await refused(remove(), "CustomKeyStoreHasCMKsException", /./);
  await kms.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 });
  await disconnectStore(kms, id);
  await refused(remove(), "CustomKeyStoreHasCMKsException", /./);
  server.clock.offset += 8 * day;
  await server.sweep();
  await remove(connect(server, "admin", `eu-west-${regions}`));
  server.clock.offset = 0;
});

test("a cluster is exchanged for one of the same certificate only, and its keys go along", async () => {
  const kms = inNewRegion();
  const CustomKeyStoreId = await createStore(kms, cluster);
  await connectStore(kms, CustomKeyStoreId);
  const key = await createKey(kms, { Origin: "AWS_CLOUDHSM", CustomKeyStoreId });
  const Plaintext = Buffer.of(1);
  const { CiphertextBlob } = await kms.encrypt({ KeyId: key.id, Plaintext });
  await disconnectStore(kms, CustomKeyStoreId);
  const change = (CloudHsmClusterId: string) =>
    kms.updateCustomKeyStore({ CustomKeyStoreId, CloudHsmClusterId });
  await refused(change(ids.unrelated), "CloudHsmClusterNotRelatedException", /./);
  await refused(change(ids.unknown), "CloudHsmClusterNotFoundException", /./);
  await change(ids.backup);
  const { KeyMetadata } = await kms.describeKey({ KeyId: key.id });
  assert.equal(KeyMetadata?.CloudHsmClusterId, ids.backup);
  await connectStore(kms, CustomKeyStoreId);
  assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, new Uint8Array(Plaintext));
});

test("credential and path of a proxy are exchanged while its store is connected, and serve at once", async () => {
  const kms = inNewRegion();
  const CustomKeyStoreId = await createStore(kms, externalStore(proxy));
  await connectStore(kms, CustomKeyStoreId);
  proxy.addKey("rotating");
  const key = await createKey(kms, {
    Origin: "EXTERNAL_KEY_STORE",
    CustomKeyStoreId,
    XksKeyId: "rotating",
  });
  const before = { ...proxy.credential };
  const credential = { AccessKeyId: "ZYXWVUTSRQPONMLKJIHG", RawSecretAccessKey: "x".repeat(43) };
  const update = (changed: object) => kms.updateCustomKeyStore({ CustomKeyStoreId, ...changed });
  await refused(
    update({ XksProxyAuthenticationCredential: credential }),
    "XksProxyIncorrectAuthenticationCredentialException",
    /./,
  );
  Object.assign(proxy.credential, {
    accessKeyId: credential.AccessKeyId,
    secret: credential.RawSecretAccessKey,
  });
  await update({ XksProxyAuthenticationCredential: credential });
  await untilState(kms, CustomKeyStoreId, "CONNECTED");
  await kms.encrypt({ KeyId: key.id, Plaintext: Buffer.of(1) });
  for (const changed of [
    { XksProxyUriEndpoint: "https://other.example.test" },
    {
      XksProxyUriEndpoint: "https://other.example.test",
      XksProxyConnectivity: "VPC_ENDPOINT_SERVICE",
      XksProxyVpcEndpointServiceName: "com.amazonaws.vpce.eu-west-1.vpce-svc-1",
    },
  ])
    await refused(update(changed), ...invalidState("CONNECTED"));
  Object.assign(proxy.credential, before);
});

test("connectivity changes with its endpoint only, and takes the endpoint service along", async () => {
  const kms = inNewRegion();
  const CustomKeyStoreId = await createStore(kms, externalStore(proxy));
  const update = (changed: object) => kms.updateCustomKeyStore({ CustomKeyStoreId, ...changed });
  const vpc = { XksProxyConnectivity: "VPC_ENDPOINT_SERVICE" } as const;
  await refused(update(vpc), "ValidationException", /XksProxyUriEndpoint/);
  const service = {
    ...vpc,
    XksProxyUriEndpoint: `https://${prefixed.host}`,
    XksProxyUriPath: "/tenant/kms/xks/v1",
    XksProxyVpcEndpointServiceName: "com.amazonaws.vpce.eu-west-1.vpce-svc-2",
    XksProxyAuthenticationCredential: {
      AccessKeyId: prefixed.credential.accessKeyId,
      RawSecretAccessKey: prefixed.credential.secret,
    },
  };
  await update(service);
  const changed = (await describe(kms, CustomKeyStoreId)).XksProxyConfiguration;
  assert.equal(changed?.VpcEndpointServiceName, service.XksProxyVpcEndpointServiceName);
  await refused(
    update({ XksProxyConnectivity: "PUBLIC_ENDPOINT" }),
    "ValidationException",
    /XksProxyUriEndpoint is required/,
  );
  await update({
    XksProxyConnectivity: "PUBLIC_ENDPOINT",
    XksProxyUriEndpoint: service.XksProxyUriEndpoint,
  });
  const back = (await describe(kms, CustomKeyStoreId)).XksProxyConfiguration;
  assert.equal(back?.VpcEndpointServiceName, undefined);
  assert.equal(back?.VpcEndpointServiceOwner, undefined);
});

test("nothing to change, a name in use and members of the other type are refused", async () => {
  const kms = inNewRegion();
  const CustomKeyStoreId = await createStore(kms, cluster);
  await createStore(kms, externalStore(proxy));
  const update = (changed: object) => kms.updateCustomKeyStore({ CustomKeyStoreId, ...changed });
  await refused(update({}), "ValidationException", /./);
  await refused(update({ XksProxyUriPath: "/kms/xks/v1" }), "ValidationException", /./);
  await refused(
    update({ NewCustomKeyStoreName: "external" }),
    "CustomKeyStoreNameInUseException",
    /./,
  );
  await update({ NewCustomKeyStoreName: "hsm" });
});

test("two calls at once for one name create one store", async () => {
  const kms = inNewRegion();
  const results = await Promise.allSettled(
    Array.from({ length: 4 }, () => kms.createCustomKeyStore(cluster)),
  );
  assert.equal(results.filter((each) => each.status === "fulfilled").length, 1);
});

test("each operation needs its own permission, on every store", async () => {
  const admin = inNewRegion();
  const at = `eu-west-${regions}`;
  const CustomKeyStoreId = await createStore(admin, cluster);
  const manager = connect(server, "manager", at);
  await manager.describeCustomKeyStores({});
  await manager.connectCustomKeyStore({ CustomKeyStoreId });
  const denied = [
    "AccessDeniedException",
    /is not authorized to perform: kms:.* on resource: \*/,
  ] as const;
  await refused(manager.disconnectCustomKeyStore({ CustomKeyStoreId }), ...denied);
  await refused(manager.deleteCustomKeyStore({ CustomKeyStoreId }), ...denied);
  await refused(
    manager.updateCustomKeyStore({ CustomKeyStoreId, NewCustomKeyStoreName: "x" }),
    ...denied,
  );
  await refused(manager.createCustomKeyStore(cluster), ...denied);
});

test("the audit records tell what was done to which store, and no secret", async () => {
  const kms = inNewRegion();
  const id = await createStore(kms, cluster);
  await proveRecord(server, "CreateCustomKeyStore", {
    request: { customKeyStoreName: "hsm", clusterId: ids.first },
    response: { customKeyStoreId: id },
    resources: [],
  });
  const facts = { customKeyStoreId: id, customKeyStoreName: "hsm", clusterId: ids.first };
  await kms.updateCustomKeyStore({ CustomKeyStoreId: id, KeyStorePassword: password });
  await connectStore(kms, id);
  const key = await createKey(kms, { Origin: "AWS_CLOUDHSM", CustomKeyStoreId: id });
  await disconnectStore(kms, id);
  for (const name of ["UpdateCustomKeyStore", "ConnectCustomKeyStore", "DisconnectCustomKeyStore"])
    await proveRecord(server, name, {
      request: { customKeyStoreId: id },
      evidence: facts,
      resources: [],
    });
  const created = await lastRecord(server, "CreateKey");
  const evidence = created["additionalEventData"] as Record<string, string>;
  assert.equal(evidence["customKeyStoreId"], id);
  assert.match(
    evidence["backingKey"] ?? "",
    /^\{"keyHandle":"\d+","backingKeyId":"[0-9a-f]{64}"\}$/,
  );
  assert.ok(JSON.stringify(created).includes(key.arn));
  const all = JSON.stringify(await lastRecord(server, "CreateCustomKeyStore"));
  for (const secret of [password, proxy.credential.secret]) assert.ok(!all.includes(secret));
});
