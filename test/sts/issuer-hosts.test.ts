import * as assert from "node:assert/strict";
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import { afterEach, mock, test } from "node:test";
import { parseProxyHosts } from "../../src/keystore/xks/hosts.ts";
import { DocumentError, documentFetcher } from "../../src/services/sts/oidc/documents.ts";

afterEach(() => {
  mock.restoreAll();
  syncBuiltinESMExports();
});

/** Fetches from a listed issuer while its name resolves to these addresses. */
async function fetchWhile(addresses: readonly string[], ...listed: string[]): Promise<unknown> {
  const found = addresses.map((address) => ({ address, family: 4 }));
  const answering = (
    _name: string,
    _options: object,
    answer: (error: null, all: typeof found) => void,
  ): void => answer(null, found);
  mock.method(dns, "lookup", answering);
  syncBuiltinESMExports();
  const hosts = parseProxyHosts(["issuer.example.test", ...listed]);
  assert.ok(hosts !== undefined);
  const fetch = documentFetcher({ hosts, timeout: 2_000 });
  return fetch(new URL("https://issuer.example.test/keys")).then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("an issuer whose name resolves into the operator's own network is refused, unless the range is listed, too", async () => {
  for (const addresses of [["127.0.0.1"], ["169.254.169.254"], ["8.8.8.8", "10.1.2.3"]]) {
    const error = await fetchWhile(addresses);
    assert.ok(error instanceof DocumentError);
    assert.match(error.message, /has an address that is not allowed/);
  }
  // Nothing listens on port 443 here: the refusal of the connection shows that it was tried.
  const error = await fetchWhile(["127.0.0.1"], "127.0.0.0/8");
  assert.equal((error as NodeJS.ErrnoException).code, "ECONNREFUSED");
});
