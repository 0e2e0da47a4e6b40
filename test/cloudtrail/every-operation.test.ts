import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Caller } from "../../src/api/context.ts";
import { createInvoke } from "../../src/api/execute.ts";
import type { AnyOperation } from "../../src/api/operation.ts";
import type { Service } from "../../src/api/registry.ts";
import { AwsError } from "../../src/base/errors.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { withDeployment } from "../../src/composition/deployment.ts";
import { openServices } from "../../src/composition/services.ts";
import { randomIds } from "../../src/crypto/random.ts";
import { openServer } from "../conformance/support.ts";
import { requestOf } from "../permissions/requests.ts";
import { madeThings } from "../permissions/things.ts";
import { accessKeys, account } from "../support/keywright.ts";
import { noRecords } from "../support/no-records.ts";

const region = "us-east-1";
const connection = {
  ...{ sourceIp: "192.0.2.1", userAgent: "test", host: "kms.us-east-1.amazonaws.com" },
  ...{ secure: true, tls: { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384" } },
};

/** Members that no record has, by why. */
const unrecorded: Readonly<Record<string, readonly string[]>> = {
  tokens: ["GrantTokens", "GrantToken", "TokenCode"],
  "a sealed message": ["EncodedMessage"],
  "what is stored": ["Body"],
  "what is encrypted, signed or agreed on": [
    ...["CiphertextBlob", "SharedSecretCiphertextBlob", "PublicKey", "Signature", "Mac"],
  ],
  "evidence of an enclave, which the record has in additionalEventData": ["Recipient"],
  "trust in a cluster": ["TrustAnchorCertificate"],
  "how the call was tried": ["DryRun", "DryRunModifiers"],
};
/** AWS's sample of GenerateRandom has no requestParameters; the store is in additionalEventData. */
const ofRandom = ["NumberOfBytes", "CustomKeyStoreId"];

/** Operations that only read, by the facts of KMS; of other services by their names. */
const kmsReads =
  /^(Decrypt|Encrypt|GenerateDataKey.*|GenerateMac|VerifyMac|GenerateRandom|Sign|Verify|ReEncrypt|Describe.*|Get.*|List.*|DeriveSharedSecret|Encapsulate|Decapsulate)$/;
const otherReads =
  /^(Get.*|Head.*|List.*|Describe.*|Lookup.*|Simulate.*|AssumeRole.*|DecodeAuthorizationMessage)$/;

/** Calls on what is inside a resource. */
const dataEvents = ["DeleteObject", "GetObject", "HeadObject", "PutObject"];

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

interface Recorded {
  readonly service: Service;
  readonly operation: AnyOperation;
  readonly request: Readonly<Record<string, unknown>>;
  readonly record: JsonObject;
  readonly refused: boolean;
}

const administrator: Caller = {
  principal: { type: "Root", arn: `arn:aws:iam::${account}:root`, account, userId: account },
  accessKeyId: accessKeys.root.accessKeyId,
  identityPolicies: [],
  tags: {},
  versions: [],
};

/** Calls every operation once. Nothing becomes durable: each call finds the same things. */
async function recordAll(): Promise<readonly Recorded[]> {
  const server = await openServer();
  const named = await madeThings(server);
  return withDeployment(server.config, async (deployment, reader) => {
    const services = openServices(deployment, reader, server.config, { around: noRecords }).all;
    const records: string[] = [];
    const invoke = createInvoke({
      services: new Map(services.map((service) => [service.wire.signingName, service])),
      committer: {
        submit: (commit) => {
          records.push(...commit.records);
          return Promise.resolve({ stale: [] });
        },
      },
      ...{ clock: () => new Date(), ids: randomIds, forget: () => undefined },
    });
    const all: Recorded[] = [];
    for (const service of services)
      for (const operation of Object.values(service.operations)) {
        const request = requestOf(operation, named);
        records.length = 0;
        const refused = await invoke({
          ...{ service: service.wire.signingName, operation: operation.name, region, connection },
          ...{ body: () => request, requestId: randomIds.uuid() },
          identify: () => Promise.resolve(administrator),
        }).then(
          () => false,
          (error: unknown) => {
            if (error instanceof AwsError) return true;
            throw error;
          },
        );
        const record = JSON.parse(String(records[0])) as JsonObject;
        all.push({ service, operation, request, record, refused });
      }
    return all;
  });
}

describe("the record of every operation of every service", () => {
  let all: readonly Recorded[];
  before(async () => {
    all = await recordAll();
  });

  test("has CloudTrail's members, and no others", () => {
    assert.ok(all.length > 180, `${all.length} operations`);
    for (const { service, operation, record, refused } of all) {
      const lists = service.thingType !== undefined && operation.audit.unlisted !== true;
      const names = [
        ...["eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion"],
        ...["sourceIPAddress", "userAgent", "requestParameters", "responseElements", "requestID"],
        ...["eventID", "readOnly", "eventType", "managementEvent", "recipientAccountId"],
        ...["eventCategory", "tlsDetails", ...(lists ? ["resources"] : [])],
        ...(refused ? ["errorCode"] : []),
      ];
      const optional = new Set(["errorMessage", "additionalEventData", "sharedEventID"]);
      const found = Object.keys(record).filter((name) => !optional.has(name));
      assert.deepEqual(found.toSorted(), names.toSorted(), operation.name);
      assert.equal(record["eventVersion"], "1.11");
      assert.equal(record["eventName"], operation.name);
      assert.equal(record["eventType"], "AwsApiCall");
      const isData = dataEvents.includes(operation.name);
      assert.equal(record["managementEvent"], !isData, operation.name);
      assert.equal(record["eventCategory"], isData ? "Data" : "Management", operation.name);
      assert.equal(record["recipientAccountId"], account);
      assert.deepEqual(record["tlsDetails"], {
        tlsVersion: "TLSv1.3",
        cipherSuite: "TLS_AES_256_GCM_SHA384",
        clientProvidedHostHeader: "kms.us-east-1.amazonaws.com",
      });
    }
  });

  test("names its service, and resources where CloudTrail lists them", () => {
    const listing = new Set<string>();
    for (const { service, record } of all) {
      assert.equal(record["eventSource"], `${service.wire.signingName}.amazonaws.com`);
      if ("resources" in record) listing.add(service.wire.signingName);
    }
    assert.deepEqual([...listing].toSorted(), ["kms", "s3", "sts"]);
    const stores = all.filter(({ operation }) => operation.name.includes("CustomKeyStore"));
    assert.equal(stores.length, 6);
    assert.ok(stores.every(({ record }) => !("resources" in record)));
  });

  test("says whether it changed something", () => {
    const wrong = all
      .filter(({ service, operation, record }) => {
        const reads = service.wire.signingName === "kms" ? kmsReads : otherReads;
        return record["readOnly"] !== reads.test(operation.name);
      })
      .map(({ operation }) => operation.name);
    assert.deepEqual(wrong, []);
  });

  test("has what the request said, but for what nobody may read there", () => {
    const hidden = new Set(Object.values(unrecorded).flat());
    for (const { operation, request, record } of all) {
      const { audit, input, name } = operation;
      const isSecret = (member: string): boolean =>
        input.members[member]?.sensitive === true && audit.masked?.includes(member) !== true;
      const said = [...Object.keys(request), ...Object.keys(audit.defaults ?? {})]
        .filter((member) => !isSecret(member) && !hidden.has(member))
        .filter((member) => name !== "GenerateRandom" || !ofRandom.includes(member))
        .map((member) => audit.renamed?.[lowerFirst(member)] ?? lowerFirst(member));
      const found = Object.keys(record["requestParameters"] ?? {});
      assert.deepEqual(found.toSorted(), [...new Set(said)].toSorted(), name);
    }
  });

  test("leaves out only members of which that is decided", () => {
    const hidden = new Set(Object.values(unrecorded).flat());
    // Records of S3 tell the bucket and the object, not the headers.
    const telling = all.filter(({ service }) => service.wire.signingName !== "s3");
    const left = telling.flatMap(({ operation: { audit, input, name } }) =>
      Object.entries(input.members)
        .filter(([member, { sensitive }]) => sensitive !== true && !audit.request.includes(member))
        .filter(([member]) => !hidden.has(member))
        .filter(([member]) => name !== "GenerateRandom" || !ofRandom.includes(member))
        .map(([member]) => `${name} ${member}`),
    );
    assert.deepEqual(left, []);
  });

  test("answers a change with what the caller was answered, and tells nothing that was read", () => {
    for (const { service, operation, record, refused } of all) {
      const { name, audit, output, readOnly } = operation;
      const answers = Object.keys(output?.members ?? {}).length > 0;
      // Sessions are given out by calls that change nothing.
      const givesOut = service.wire.signingName === "sts" && /^Assume|Token$/.test(name);
      const unsaid =
        name === "GenerateCredentialReport" || service.eventSource === "s3.amazonaws.com";
      if (readOnly) assert.equal(audit.response !== undefined, givesOut, name);
      else if (answers && !unsaid) assert.ok(audit.response !== undefined, name);
      if (refused) assert.equal(record["responseElements"], null, name);
    }
  });
});
