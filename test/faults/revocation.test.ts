import * as assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { accessKeys, account } from "../support/keywright.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";
import type { ServerProcess } from "./process.ts";
import { administrator, newFolder, startProcess, userArn } from "./process.ts";

const rounds = 8;
const decryptors = 16;
/** The server of the suite that runs. */
let url = "";
let admin: Client;

async function succeed(
  operation: string,
  input: object,
): Promise<Readonly<Record<string, unknown>>> {
  const { status, body } = await admin.call(operation, input);
  assert.equal(status, 200, `${operation}: ${JSON.stringify(body)}`);
  return body;
}

async function newKey(): Promise<{ readonly KeyId: string; readonly CiphertextBlob: unknown }> {
  const { KeyMetadata } = await succeed("CreateKey", {});
  const { KeyId } = KeyMetadata as { readonly KeyId: string };
  const { CiphertextBlob } = await succeed("Encrypt", { KeyId, Plaintext: "c2VjcmV0" });
  return { KeyId, CiphertextBlob };
}

/** Keeps Decrypt calls of a user coming, and counts the successes of those that were sent before and after a moment. */
class Load {
  before = 0;
  after = 0;
  refused = 0;
  /** Set as soon as the revocation was acknowledged. */
  revoked: boolean = false;
  #stopped: boolean = false;
  readonly #clients: readonly Client[];
  readonly #working: Promise<unknown>;

  constructor(user: keyof typeof accessKeys, CiphertextBlob: unknown) {
    this.#clients = Array.from({ length: decryptors }, () =>
      openClient({ url, ...accessKeys[user] }),
    );
    this.#working = Promise.all(this.#clients.map((client) => this.#loop(client, CiphertextBlob)));
  }

  async #loop(client: Client, CiphertextBlob: unknown): Promise<void> {
    while (!this.#stopped) {
      const sentAfter = this.revoked;
      const { status, body } = await client.call("Decrypt", { CiphertextBlob });
      if (status !== 200) this.refused++;
      else if (sentAfter) this.after++;
      else this.before++;
      assert.ok(status === 200 || status === 400, JSON.stringify(body));
    }
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
    for (const client of this.#clients) client.close();
  }
}

/** Revokes under load, again and again; no call that was sent after the answer may succeed. */
async function revokeUnderLoad(
  user: keyof typeof accessKeys,
  CiphertextBlob: unknown,
  revoke: () => Promise<unknown>,
  restore: () => Promise<unknown>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const load = new Load(user, CiphertextBlob);
    await load.until(() => load.before > decryptors * 2);
    await revoke();
    load.revoked = true;
    const { refused } = load;
    await load.until(() => load.refused > refused + decryptors * 4);
    await load.stop();
    assert.equal(load.after, 0, "a call that was sent after the revocation succeeded");
    await restore();
  }
}

for (const threads of [1, 3])
  describe(`with ${threads} threads that answer`, () => {
    const folder = newFolder();
    let server: ServerProcess;
    before(async () => {
      server = startProcess(folder, {
        arguments: ["--workers", String(threads), "--log-level", "debug"],
      });
      url = await server.ready;
      while (server.output().split("an HTTP worker listens").length < threads) await sleep(20);
      admin = openClient(administrator(url));
    });
    after(async () => {
      admin.close();
      server.child.kill("SIGTERM");
      await server.ended;
      folder.remove();
    });

    test("after DisableKey is acknowledged no Decrypt succeeds that was sent later", async () => {
      const { KeyId, CiphertextBlob } = await newKey();
      const revoke = () => succeed("DisableKey", { KeyId });
      await revokeUnderLoad("admin", CiphertextBlob, revoke, () => succeed("EnableKey", { KeyId }));
    });

    test("after RevokeGrant is acknowledged no Decrypt of the grantee succeeds that was sent later", async () => {
      const { KeyId, CiphertextBlob } = await newKey();
      let grantId: unknown;
      const grant = async (): Promise<void> => {
        const input = { KeyId, GranteePrincipal: userArn("nobody"), Operations: ["Decrypt"] };
        ({ GrantId: grantId } = await succeed("CreateGrant", input));
      };
      await grant();
      const revoke = () => succeed("RevokeGrant", { KeyId, GrantId: grantId });
      await revokeUnderLoad("nobody", CiphertextBlob, revoke, grant);
    });

    test("after PutKeyPolicy with a deny is acknowledged no Decrypt succeeds that was sent later", async () => {
      const { KeyId, CiphertextBlob } = await newKey();
      const allow = {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: "kms:*",
        Resource: "*",
      };
      const deny = { ...allow, Effect: "Deny", Action: "kms:Decrypt", Principal: "*" };
      const put = (...Statement: readonly object[]) =>
        succeed("PutKeyPolicy", { KeyId, Policy: JSON.stringify({ Statement }) });
      await revokeUnderLoad(
        "admin",
        CiphertextBlob,
        () => put(allow, deny),
        () => put(allow),
      );
    });

    test("after ScheduleKeyDeletion is acknowledged no Decrypt succeeds that was sent later", async () => {
      const { KeyId, CiphertextBlob } = await newKey();
      const revoke = () => succeed("ScheduleKeyDeletion", { KeyId, PendingWindowInDays: 7 });
      await revokeUnderLoad("admin", CiphertextBlob, revoke, async () => {
        await succeed("CancelKeyDeletion", { KeyId });
        await succeed("EnableKey", { KeyId });
      });
    });
  });
