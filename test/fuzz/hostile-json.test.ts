import * as assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { present } from "../conformance/key-uses.ts";
import { operationNames } from "../conformance/sdk-model.ts";
import { connect, openServer } from "../conformance/support.ts";
import { callRaw } from "../support/wire.ts";
import { hostileJson } from "./hostile-json.ts";
import { chooser, seed } from "./mutate.ts";
import { requestBodies } from "./request-bodies.ts";
import type { Case } from "./run.ts";
import { run } from "./run.ts";
import type { Service } from "./service.ts";
import { openService } from "./service.ts";

describe(`hostile JSON for every operation (FUZZ_SEED=${seed})`, () => {
  let service: Service;
  before(async () => {
    service = await openService();
  });
  after(() => service.close());

  test("a body for each operation is there to be made hostile", () => {
    const named = { KeyId: "", CiphertextBlob: "", GrantToken: "", PublicKey: "" };
    assert.deepEqual(Object.keys(requestBodies(named)), operationNames);
  });

  /** Bodies that name keys of several kinds. */
  const bodiesOf = async (call: Service["call"]) => {
    const kinds = [
      {},
      { MultiRegion: true },
      { Origin: "EXTERNAL" },
      { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" },
      { KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" },
      { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" },
      { KeySpec: "ML_KEM_512", KeyUsage: "ENCAPSULATE_DECAPSULATE" },
    ];
    const made = kinds.map(async (kind) => (await call("CreateKey", kind))["KeyMetadata"]);
    const ids = (await Promise.all(made)).map((each) => (each as { KeyId: string }).KeyId);
    const [first = ""] = ids;
    const sealed = await call("Encrypt", { KeyId: first, Plaintext: "eA==" });
    const terms = { GranteePrincipal: "arn:aws:iam::111122223333:root", Operations: ["Encrypt"] };
    const grant = await call("CreateGrant", { KeyId: first, ...terms });
    const shared = await call("GetPublicKey", { KeyId: ids[4] });
    return ids.map((KeyId) =>
      requestBodies({
        KeyId,
        CiphertextBlob: String(sealed["CiphertextBlob"]),
        GrantToken: String(grant["GrantToken"]),
        PublicKey: String(shared["PublicKey"]),
      }),
    );
  };

  /** Cases that go round the operations. */
  const casesOf = (bodies: readonly Readonly<Record<string, object>>[], subject: string) => {
    const choose = chooser(subject);
    return (index: number): Case => {
      const operation = present(operationNames[index % operationNames.length]);
      const body = present(bodies[choose(bodies.length)]?.[operation]);
      return { operation, body: hostileJson(body, choose) };
    };
  };

  test("it is answered in time, by success or by errors that the operation documents", async (context) => {
    const make = casesOf(await bodiesOf(service.call), "json");
    const tally = await run(20_000, make, service.send);
    context.diagnostic(JSON.stringify(Object.fromEntries(tally)));
    assert.deepEqual(service.faults, []);
  });

  test("a hostile batch is refused whole, or each of its entries is answered", async (context) => {
    const choose = chooser("batches");
    const bodies = await bodiesOf(service.call);
    const good = (): object => {
      const names = ["Encrypt", "Decrypt", "GenerateDataKey"];
      const entry = (): object => {
        const Operation = present(names[choose(names.length)]);
        return {
          Id: "fuzz",
          Operation,
          Input: present(bodies[choose(bodies.length)]?.[Operation]),
        };
      };
      return { Entries: Array.from({ length: 1 + choose(4) }, entry) };
    };
    const tally = new Map<string, number>();
    for (let sent = 0; sent < 5_000; sent++) {
      const body = hostileJson(good(), choose);
      const shown = Buffer.from(body).toString("base64");
      const { status, code, members } = await service.sendTo("KeywrightService.Batch", body);
      tally.set(code ?? "answered", (tally.get(code ?? "answered") ?? 0) + 1);
      if (code !== undefined) {
        assert.equal(status, 400, shown);
        assert.ok(["SerializationException", "ValidationException"].includes(code), shown);
        continue;
      }
      const { Entries } = JSON.parse(Buffer.from(body).toString()) as {
        readonly Entries: unknown[];
      };
      const results = members["Results"] as readonly Readonly<Record<string, unknown>>[];
      assert.equal(results.length, Entries.length, shown);
      for (const { Output, Error: error } of results)
        assert.ok((Output === undefined) !== (error === undefined), shown);
    }
    context.diagnostic(JSON.stringify(Object.fromEntries(tally)));
    assert.ok((tally.get("answered") ?? 0) > 500);
    assert.deepEqual(service.faults, []);
  });

  test("the same over HTTP", async (context) => {
    const server = await openServer();
    const kms = connect(server);
    const send: Service["send"] = async (operation, body) => {
      const { status, text } = await callRaw(
        server,
        "admin",
        operation,
        Buffer.from(body).toString(),
      );
      const members = text === "" ? {} : JSON.parse(text);
      return { status, code: status === 200 ? undefined : String(members["__type"]), members };
    };
    const call: Service["call"] = async (operation, input) => {
      const { code, members } = await send(operation, Buffer.from(JSON.stringify(input)));
      assert.equal(code, undefined, JSON.stringify(members));
      return members;
    };
    const tally = await run(3_000, casesOf(await bodiesOf(call), "http"), send);
    context.diagnostic(JSON.stringify(Object.fromEntries(tally)));
    assert.ok((await kms.listKeys({})).Keys);
  });
});
