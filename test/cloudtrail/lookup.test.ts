import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { LookupEventsCommandInput } from "@aws-sdk/client-cloudtrail";
import { auditOf } from "../conformance/support.ts";
import { connectIam } from "../iam/support.ts";
import { connectOrganizations } from "../organizations/support.ts";
import { assume, connectSts, kmsAs, makeRole, roleArn, trusting } from "../sts/support.ts";
import { accessKeys, account, startKeywright } from "../support/keywright.ts";
import { connectTrail, refusedBy, startWithTrail } from "./support.ts";

const server = await startKeywright();
test.after(() => server.close());
const cloudtrail = connectTrail(server);
const kms = kmsAs(server, "admin");
const { KeyMetadata: key } = await kms.createKey({});
const keyId = String(key?.KeyId);
const arn = String(key?.Arn);
const second = 1_000;

async function find(
  AttributeKey: NonNullable<LookupEventsCommandInput["LookupAttributes"]>[number]["AttributeKey"],
  AttributeValue: string,
  more: LookupEventsCommandInput = {},
) {
  const LookupAttributes = [{ AttributeKey, AttributeValue }];
  const { Events = [] } = await cloudtrail.lookupEvents({ LookupAttributes, ...more });
  return Events;
}

test("an acknowledged call is found at once by each of its attributes, with the record byte by byte", async () => {
  await kms.encrypt({ KeyId: keyId, Plaintext: Buffer.from("x") });
  const record = (await auditOf(server, "Encrypt")).at(-1);
  const text = JSON.stringify(record);
  const eventID = String(record?.["eventID"]);
  const wanted = {
    EventId: eventID,
    EventName: "Encrypt",
    ReadOnly: "true",
    AccessKeyId: accessKeys.admin.accessKeyId,
    EventTime: new Date(String(record?.["eventTime"])),
    EventSource: "kms.amazonaws.com",
    Username: "admin",
    Resources: [
      { ResourceType: "AWS::KMS::Key", ResourceName: arn },
      { ResourceType: "AWS::KMS::Key", ResourceName: keyId },
    ],
    CloudTrailEvent: text,
  };
  for (const [name, value] of [
    ["EventId", eventID],
    ["EventName", "Encrypt"],
    ["ReadOnly", "true"],
    ["AccessKeyId", accessKeys.admin.accessKeyId],
    ["EventSource", "kms.amazonaws.com"],
    ["Username", "admin"],
    ["ResourceName", arn],
    ["ResourceName", keyId],
    ["ResourceType", "AWS::KMS::Key"],
  ] as const) {
    const found = await find(name, value);
    assert.deepEqual(
      found.find(({ EventId }) => EventId === eventID),
      wanted,
      `${name} ${value}`,
    );
  }
  assert.deepEqual(await find("EventName", "encrypt"), []);
  assert.equal((await find("EventId", eventID)).length, 1);
});

test("a refused call, the root user and a session are found by who made them", async () => {
  await assert.rejects(kmsAs(server, "nobody").describeKey({ KeyId: keyId }));
  const [refused] = await find("Username", "nobody");
  assert.match(String(refused?.CloudTrailEvent), /"errorCode":"AccessDenied"/);
  await kmsAs(server, "root").listKeys({});
  assert.equal((await find("Username", "root"))[0]?.EventName, "ListKeys");
  const iam = connectIam(server);
  const policy = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "kms:*", Resource: "*" }],
  };
  await makeRole(iam, "App", { trust: trusting(account), policy });
  const session = await assume(connectSts(server), roleArn("App"), { RoleSessionName: "job-7" });
  await kmsAs(server, session).listKeys({});
  const [made] = await find("Username", "job-7");
  assert.deepEqual([made?.EventName, made?.AccessKeyId], ["ListKeys", session.accessKeyId]);
  const [assumed] = await find("ResourceName", roleArn("App"), { MaxResults: 1 });
  assert.equal(assumed?.EventName, "AssumeRole");
});

test("pages follow in order of time without a gap or a repetition, while new events arrive", async () => {
  for (let each = 0; each < 7; each++) {
    await kms.getKeyPolicy({ KeyId: keyId });
    server.clock.offset += second;
  }
  const later = kmsAs(server, "admin");
  const trail = connectTrail(server);
  const query = {
    LookupAttributes: [{ AttributeKey: "EventName" as const, AttributeValue: "GetKeyPolicy" }],
    MaxResults: 3,
  };
  const all = (await auditOf(server, "GetKeyPolicy"))
    .map(({ eventID }) => String(eventID))
    .toReversed();
  const seen: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await trail.lookupEvents({ ...query, NextToken });
    seen.push(...(page.Events ?? []).map(({ EventId }) => String(EventId)));
    NextToken = page.NextToken;
    await later.getKeyPolicy({ KeyId: keyId });
  } while (NextToken !== undefined);
  assert.deepEqual(seen, all);
});

test("a token is good for its own query and account only, and nobody makes one", async () => {
  const query = { MaxResults: 1 };
  const token = String((await cloudtrail.lookupEvents(query)).NextToken);
  await cloudtrail.lookupEvents({ NextToken: token, MaxResults: 2 });
  const [place = "", mac = ""] = token.split(".");
  const other = Buffer.from("[9999999999,1]").toString("base64url");
  const foreign = connectTrail(server, "other");
  const inWest = connectTrail(server, "admin", "eu-west-1");
  const attribute = { AttributeKey: "EventName" as const, AttributeValue: "Encrypt" };
  for (const call of [
    () => cloudtrail.lookupEvents({ NextToken: token, LookupAttributes: [attribute] }),
    () => cloudtrail.lookupEvents({ NextToken: token, EndTime: new Date() }),
    () => cloudtrail.lookupEvents({ NextToken: `${other}.${mac}` }),
    () => cloudtrail.lookupEvents({ NextToken: place }),
    () => cloudtrail.lookupEvents({ NextToken: "" }),
    () => foreign.lookupEvents({ NextToken: token }),
    () => inWest.lookupEvents({ NextToken: token }),
  ])
    await refusedBy(call(), "InvalidNextTokenException", /not valid/);
});

test("a time range has both its ends, and nothing older than 90 days is found", async () => {
  const [first] = await auditOf(server, "CreateKey");
  const own = await startWithTrail();
  try {
    const days = 86_400 * second;
    const now = Math.floor(Date.now() / second) * second;
    const eventAt = (moment: number): void => {
      const eventTime = `${new Date(moment).toISOString().slice(0, 19)}Z`;
      own.trail.add(JSON.stringify({ ...first, eventID: eventTime, eventTime }));
    };
    for (const moment of [-91 * days, -89 * days, -10 * second, -5 * second]) eventAt(now + moment);
    const times = async (input: LookupEventsCommandInput) => {
      const attribute = { AttributeKey: "EventName" as const, AttributeValue: "CreateKey" };
      const { Events = [] } = await connectTrail(own).lookupEvents({
        ...input,
        LookupAttributes: [attribute],
      });
      return Events.map(({ EventTime }) => Number(EventTime) - now);
    };
    const at = (moment: number) => new Date(now + moment);
    assert.deepEqual(await times({}), [-5 * second, -10 * second, -89 * days]);
    assert.deepEqual(await times({ StartTime: at(-200 * days), EndTime: at(-6 * second) }), [
      -10 * second,
      -89 * days,
    ]);
    const both = { StartTime: at(-10 * second), EndTime: at(-5 * second) };
    assert.deepEqual(await times(both), [-5 * second, -10 * second]);
    assert.deepEqual(await times({ StartTime: at(-10 * second + 1) }), [-5 * second]);
  } finally {
    await own.close();
  }
});

test("a lookup sees its own account and region only", async () => {
  const foreign = await connectTrail(server, "other").lookupEvents({});
  assert.ok((foreign.Events ?? []).every(({ EventName }) => EventName === "LookupEvents"));
  const inWest = connectTrail(server, "admin", "eu-west-1");
  const { Events = [] } = await inWest.lookupEvents({
    LookupAttributes: [{ AttributeKey: "EventSource", AttributeValue: "kms.amazonaws.com" }],
  });
  assert.deepEqual(Events, []);
});

test("what cannot be looked up is refused with its own error; there are no insights", async () => {
  const attribute = { AttributeKey: "EventName" as const, AttributeValue: "Encrypt" };
  await refusedBy(
    cloudtrail.lookupEvents({ LookupAttributes: [attribute, attribute] }),
    "InvalidLookupAttributesException",
    /one item/,
  );
  await refusedBy(
    cloudtrail.lookupEvents({ StartTime: new Date(2_000), EndTime: new Date(1_000) }),
    "InvalidTimeRangeException",
    /after the end/,
  );
  for (const MaxResults of [0, 51])
    await refusedBy(
      cloudtrail.lookupEvents({ MaxResults }),
      "InvalidMaxResultsException",
      `A max results value of ${MaxResults} is specified. Specify max results between 1 and 50.`,
    );
  await refusedBy(
    cloudtrail.lookupEvents({ EventCategory: "data" as "insight" }),
    "InvalidEventCategoryException",
    /data/,
  );
  assert.deepEqual((await cloudtrail.lookupEvents({ EventCategory: "insight" })).Events, []);
});

test("a call whose request is too large for a record is answered, and found without it", async () => {
  const organizations = connectOrganizations(server);
  await organizations.createOrganization({});
  const Content = `"${"\\".repeat(60_000)}"`;
  const policy = {
    Content,
    Name: "large",
    Description: "",
    Type: "SERVICE_CONTROL_POLICY" as const,
  };
  await assert.rejects(organizations.createPolicy(policy), {
    name: "ConstraintViolationException",
  });
  const [event] = await find("EventName", "CreatePolicy");
  const text = String(event?.CloudTrailEvent);
  assert.match(text, /"requestParameters":\{"omitted":true,"originalSize":1\d{5}\}/);
  assert.match(text, /"errorCode":"ConstraintViolationException"/);
});
