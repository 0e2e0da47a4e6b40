import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { JsonObject } from "../base/json.ts";
import type { AuditEvent } from "./record.ts";
import { formatAuditRecord } from "./record.ts";

/** Text with all that JSON escapes, and texts that come again. */
const text = fc.oneof(
  fc.constantFrom("", "app", '"', "\\", "\u2028", "\ud800", "\u0000", "é", "</script>"),
  fc.string({ unit: "binary", maxLength: 8 }),
);
const account = fc.constantFrom("111122223333", "444455556666");
const json = fc.dictionary(text, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
/** A member that is there, or is not. */
const optional = <T extends string, V>(name: T, value: fc.Arbitrary<V>) =>
  fc.oneof(
    fc.constant({}),
    value.map((each) => ({ [name]: each }) as Record<T, V>),
  );

const auditIdentity = fc
  .tuple(
    fc.record({
      type: fc.constantFrom("Root", "IAMUser", "AssumedRole", "FederatedUser"),
      principalId: text,
      arn: text,
      account,
    }),
    optional("accessKeyId", text),
    optional("userName", text),
    optional("sessionContext", json as fc.Arbitrary<JsonObject>),
    optional("invokedBy", text),
  )
  .map(([all, ...some]) => Object.assign({}, all, ...some) as AuditEvent["identity"]);
const others = fc.oneof(
  account.map((each) => ({ type: "internal", account: each }) as const),
  text.map((invokedBy) => ({ type: "AWSService", invokedBy }) as const),
  fc.record({
    type: fc.constant("WebIdentityUser" as const),
    principalId: text,
    userName: text,
    identityProvider: text,
  }),
);

const event = fc
  .tuple(
    fc.record({
      eventName: text,
      eventSource: text,
      region: text,
      time: fc.date({
        min: new Date("2020-01-01"),
        max: new Date("2030-01-01"),
        noInvalidDate: true,
      }),
      eventId: text,
      readOnly: fc.boolean(),
      identity: fc.oneof(auditIdentity, others),
      sourceIp: text,
      userAgent: fc.oneof(
        text,
        text.map((each) => `${"x".repeat(1_023)}${each}`),
      ),
      requestParameters: fc.option(json),
      responseElements: fc.option(json),
      evidence: maybe(json),
      error: maybe(
        fc.record({ code: fc.constantFrom("AccessDeniedException", "Any"), message: text }),
      ),
      resources: maybe(fc.array(fc.record({ arn: text, account, type: text }), { maxLength: 3 })),
      category: maybe(fc.constant("Data" as const)),
      recipientAccount: account,
      sharedEventId: maybe(text),
      tls: maybe(fc.record({ version: text, cipher: text })),
    }),
    optional("requestId", text),
    optional("serviceEventDetails", json as fc.Arbitrary<JsonObject>),
    optional("host", text),
  )
  .map(([all, ...some]) => Object.assign({}, all, ...some) as AuditEvent);

test("a record's text is that of the object which it says, byte for byte", () => {
  fc.assert(
    fc.property(event, account, (each, other) => {
      assert.equal(formatAuditRecord(each), JSON.stringify(plain(each)));
      // The same caller in a record of another account.
      const copy = { ...each, recipientAccount: other };
      assert.equal(formatAuditRecord(copy), JSON.stringify(plain(copy)));
    }),
    { numRuns: 1_000 },
  );
});

/** The record as an object: what is undefined has no member. */
function plain(event: AuditEvent) {
  const { error, tls } = event;
  return {
    eventVersion: "1.11",
    userIdentity: plainIdentity(event),
    eventTime: `${event.time.toISOString().slice(0, 19)}Z`,
    eventSource: event.eventSource,
    eventName: event.eventName,
    awsRegion: event.region,
    sourceIPAddress: event.sourceIp,
    userAgent: shortened(event.userAgent),
    errorCode: error?.code === "AccessDeniedException" ? "AccessDenied" : error?.code,
    errorMessage:
      error === undefined || error.message === "" ? undefined : shortened(error.message),
    requestParameters: event.requestParameters,
    responseElements: event.responseElements,
    additionalEventData: event.evidence,
    requestID: event.requestId,
    eventID: event.eventId,
    readOnly: event.readOnly,
    resources: event.resources?.map(({ arn, ...rest }) => {
      return { accountId: rest.account, type: rest.type, ARN: arn };
    }),
    eventType: event.requestId === undefined ? "AwsServiceEvent" : "AwsApiCall",
    managementEvent: event.category === undefined,
    recipientAccountId: event.recipientAccount,
    sharedEventID: event.sharedEventId,
    serviceEventDetails: event.serviceEventDetails,
    eventCategory: event.category ?? "Management",
    tlsDetails: tls && {
      tlsVersion: tls.version,
      cipherSuite: tls.cipher,
      clientProvidedHostHeader: event.host === undefined ? undefined : shortened(event.host),
      keyExchange: tls.keyExchange,
    },
  };
}

const shortened = (all: string): string => all.slice(0, 1_024).toWellFormed();

function plainIdentity({ identity, recipientAccount }: AuditEvent) {
  if (identity.type === "internal")
    return { accountId: identity.account, invokedBy: "AWS Internal" };
  if (identity.type === "WebIdentityUser" || identity.type === "AWSService") return identity;
  const { type, principalId, arn, accessKeyId, userName, sessionContext, invokedBy } = identity;
  const accountId = identity.account;
  return accountId === recipientAccount
    ? { type, principalId, arn, accountId, accessKeyId, userName, sessionContext, invokedBy }
    : { type: "AWSAccount", principalId, accountId, invokedBy };
}
