import * as assert from "node:assert/strict";
import { test } from "node:test";
import { lastRecord, proveRecord } from "../conformance/audit-support.ts";
import {
  answer,
  connect,
  createKey,
  day,
  policyOf,
  refused,
  seedWith,
} from "../conformance/support.ts";
import { ids, invalidState, openLab } from "./lab.ts";
import {
  connectStore,
  createStore,
  describe,
  disconnectStore,
  externalStore,
  password,
  untilState,
} from "./stores.ts";

const lab = await openLab(
  seedWith({
    manager: policyOf({ Action: ["kms:DescribeCustomKeyStores", "kms:ConnectCustomKeyStore"] }),
  }),
);
const { cluster, inNewRegion, newRegion, prefixed, proxy, server } = lab;

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
  const at = newRegion();
  const kms = connect(server, "admin", at);
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
  await remove(connect(server, "admin", at));
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
  const at = newRegion();
  const admin = connect(server, "admin", at);
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
    resources: undefined,
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
      resources: undefined,
    });
  const created = await lastRecord(server, "CreateKey");
  const evidence = created["additionalEventData"] as Record<string, string>;
  assert.equal(evidence["customKeyStoreId"], id);
  assert.match(
    String(evidence["backingKey"]),
    /^\{"keyHandle":"\d+","backingKeyId":"[0-9a-f]{64}"\}$/,
  );
  assert.ok(JSON.stringify(created).includes(key.arn));
  const all = JSON.stringify(await lastRecord(server, "CreateCustomKeyStore"));
  for (const secret of [password, proxy.credential.secret]) assert.ok(!all.includes(secret));
});
