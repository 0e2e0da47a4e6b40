import * as assert from "node:assert/strict";
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import type { TestContext } from "node:test";
import { after, afterEach, mock, test } from "node:test";
import { parseProxyHosts } from "../../src/keystore/xks/hosts.ts";
import { makeAuthority } from "../support/authority.ts";
import { startXksProxy } from "../support/xks-proxy.ts";
import { connectTo, failsAs, hostsOf } from "./xks-client.ts";

const authority = makeAuthority();
const proxy = await startXksProxy(authority);
const call = { requestId: "request-1", operation: "Encrypt" };
afterEach(() => {
  mock.restoreAll();
  syncBuiltinESMExports();
});
after(async () => {
  await proxy.close();
  authority.remove();
});

test("a host that the operator did not list is not connected to", () => {
  for (const entries of [
    [],
    ["other.example.test"],
    ["127.0.0.0/8"],
    ["example.test"],
    [`xks.example.test.evil.test=127.0.0.1:${proxy.port}`],
  ])
    assert.throws(
      () => connectTo(proxy, authority, { hosts: hostsOf(...entries) }),
      failsAs("NotAllowed"),
    );
});

test("a listed host that resolves into the operator's own network is refused, unless the range is listed, too", async (t) => {
  for (const answers of [["127.0.0.1"], ["10.1.2.3"], ["169.254.169.254"], ["8.8.8.8", "10.1.2.3"]])
    await assert.rejects(resolvingTo(t, answers, "xks.example.test"), failsAs("NotAllowed"));
  // Nothing listens on port 443 here: the refusal of the connection shows that it was tried.
  await assert.rejects(
    resolvingTo(t, ["127.0.0.1"], "xks.example.test", "127.0.0.0/8"),
    failsAs("Tcp"),
  );
});

test("a name is resolved once for a connection, which goes to the address that was checked", async (t) => {
  const lookups = t.mock.method(dns, "lookup", answering(["127.0.0.1"]));
  syncBuiltinESMExports();
  const hosts = hostsOf("xks.example.test", "127.0.0.0/8");
  const client = connectTo(proxy, authority, { hosts });
  await assert.rejects(client.health(call), failsAs("Tcp"));
  assert.equal(lookups.mock.callCount(), 1);
});

/** A call to the proxy's host while the name resolves to these addresses. */
async function resolvingTo(t: TestContext, addresses: readonly string[], ...listed: string[]) {
  t.mock.method(dns, "lookup", answering(addresses));
  syncBuiltinESMExports();
  return connectTo(proxy, authority, { hosts: hostsOf(...listed) }).health(call);
}

function answering(addresses: readonly string[]) {
  return (
    _name: string,
    _options: object,
    answer: (error: null, found: readonly { address: string; family: number }[]) => void,
  ): void =>
    answer(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    );
}

test("addresses that are not public are refused in every form, public ones are not", () => {
  const hosts = hostsOf("xks.example.com");
  const refused =
    "127.0.0.1 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 240.0.0.1 255.255.255.255 198.18.0.1 ::1 :: fe80::1 fc00::1 fd00:ec2::254 ff02::1 ::ffff:127.0.0.1 ::ffff:a9fe:a9fe 64:ff9b::7f00:1 2002:7f00:1:: 2001:db8::1 2001::1 nonsense fe80::1%eth0".split(
      " ",
    );
  assert.deepEqual(
    refused.filter((address) => hosts.permits(address)),
    [],
  );
  const accepted = "8.8.8.8 172.32.0.1 100.128.0.1 2606:4700::1111 ::ffff:8.8.8.8".split(" ");
  assert.deepEqual(
    accepted.filter((address) => !hosts.permits(address)),
    [],
  );
});

test("an entry of the operator's list that cannot be understood makes the whole list wrong", () => {
  for (const entry of [
    "",
    "localhost",
    "127.0.0.1",
    "https://xks.example.com",
    "xks.example.com:8443",
    "xks.example.com=",
    "xks.example.com=127.0.0.1",
    "xks.example.com=name:443",
    "xks.example.com=127.0.0.1:0",
    "xks.example.com=127.0.0.1:65536",
    "10.0.0.0/33",
    "*.example.com",
    "a.test=127.0.0.1:1=2",
  ])
    assert.equal(parseProxyHosts(["xks.example.com", entry]), undefined, entry);
  assert.ok(parseProxyHosts(["XKS.example.com=[::1]:8443", "fd00::/8"])?.find("xks.EXAMPLE.com"));
});
