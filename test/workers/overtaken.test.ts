import * as assert from "node:assert/strict";
import { after, test } from "node:test";
import { newFolder } from "../faults/process.ts";
import { account } from "../support/keywright.ts";
import { newKey, openMany, outcomes, startThreads, succeed } from "./support.ts";

const folder = newFolder();
after(folder.remove);
const { server, url } = await startThreads(folder);
after(async () => {
  server.child.kill("SIGKILL");
  await server.ended;
});

const clients = openMany(url);
const [first] = clients;
const Plaintext = "c2VjcmV0";
const grant = {
  GranteePrincipal: `arn:aws:iam::${account}:root`,
  Operations: ["Encrypt"],
};

test("the token of a grant is known on every thread once the grant is made", async () => {
  const KeyId = await newKey(first);
  // All threads keep the key as it is without the grant.
  assert.deepEqual(await outcomes(clients, "Encrypt", { KeyId, Plaintext }), ["done"]);
  const { GrantToken } = await succeed(first, "CreateGrant", { ...grant, KeyId });
  const wanted = { KeyId, Plaintext, GrantTokens: [GrantToken] };
  assert.deepEqual(await outcomes(clients, "Encrypt", wanted), ["done"]);
});

test("a key that changes all the time can be used on every thread", async () => {
  const KeyId = await newKey(first);
  const changing = new AbortController();
  const changers = openMany(url).slice(0, 12);
  const changes = changers.map(async (client, at) => {
    for (let round = 0; !changing.signal.aborted; round++)
      await succeed(client, "TagResource", {
        KeyId,
        Tags: [{ TagKey: `tag${at}`, TagValue: String(round) }],
      });
  });
  for (let round = 0; round < 20; round++)
    assert.deepEqual(await outcomes(clients, "Encrypt", { KeyId, Plaintext }), ["done"]);
  changing.abort();
  await Promise.all(changes);
  for (const each of changers) each.close();
});
