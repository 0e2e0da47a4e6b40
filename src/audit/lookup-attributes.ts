import { parseArn } from "../base/arn.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import { isJsonObject } from "../base/json.ts";
import { Memo } from "../base/memo.ts";

/** What events can be looked up by. */
export type LookupKey =
  | "AccessKeyId"
  | "EventId"
  | "EventName"
  | "EventSource"
  | "ReadOnly"
  | "ResourceName"
  | "ResourceType"
  | "Username";

/** What an index keeps of an audit record. */
export interface LookupAttributes {
  /** The account and the region in which it can be looked up. */
  readonly account: string;
  readonly region: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly attributes: readonly (readonly [LookupKey, string])[];
  /** Whether LookupEvents finds it: only management events are. */
  readonly management: boolean;
}

/** A resource of an event, as LookupEvents tells it. */
export interface EventResource {
  readonly type: string;
  readonly name: string;
}

/** What an audit record can be looked up by. */
export function lookupAttributes(record: JsonObject): LookupAttributes {
  const attributes: [LookupKey, string][] = [];
  const note = (key: LookupKey, value: string | undefined): void => {
    if (value !== undefined) attributes.push([key, value]);
  };
  note("EventId", text(record["eventID"]));
  note("EventName", text(record["eventName"]));
  note("EventSource", text(record["eventSource"]));
  note("ReadOnly", String(record["readOnly"] === true));
  note("AccessKeyId", text(member(record["userIdentity"], "accessKeyId")));
  note("Username", eventUsername(record));
  const resources = eventResources(record);
  for (const name of unique(resources.map((each) => each.name))) note("ResourceName", name);
  for (const type of unique(resources.map((each) => each.type))) note("ResourceType", type);
  return {
    account: text(record["recipientAccountId"]) ?? "",
    region: text(record["awsRegion"]) ?? "",
    time: secondsOf(text(record["eventTime"]) ?? ""),
    attributes,
    management: record["managementEvent"] === true && record["eventCategory"] === "Management",
  };
}

/** The second that was read last: records come many to the second. */
let lastRead = { text: "", seconds: Number.NaN };

/** A time of a record in whole seconds since 1970. */
export function secondsOf(time: string): number {
  if (time !== lastRead.text)
    lastRead = { text: time, seconds: Math.floor(Date.parse(time) / 1_000) };
  return lastRead.seconds;
}

/** The name by which CloudTrail calls who made an event; undefined where it tells only the account. */
export function eventUsername({ userIdentity }: JsonObject): string | undefined {
  const own = text(member(userIdentity, "userName"));
  if (own !== undefined) return own;
  switch (text(member(userIdentity, "type")) ?? "") {
    case "Root":
      return "root";
    case "AssumedRole":
    case "FederatedUser":
      return sessionName(text(member(userIdentity, "principalId")));
    case "AWSAccount":
      return undefined;
    default:
      return text(member(userIdentity, "invokedBy"));
  }
}

/** `AROA…:session` and `123456789012:name` end with the name of the session. */
function sessionName(principalId = ""): string | undefined {
  const colon = principalId.indexOf(":");
  return colon === -1 ? undefined : principalId.slice(colon + 1);
}

/** The resources of an event: those that its record lists, a KMS key by ARN and by id, and those that its members name. */
export function eventResources(record: JsonObject): readonly EventResource[] {
  const resources = listed(record["resources"]);
  const named = namedMembers[text(record["eventSource"]) ?? ""];
  if (named === undefined) return uniqueResources(resources);
  return uniqueResources([
    ...resources,
    ...named.flatMap(([path, type]) => resource(type, follow(record, path)) ?? []),
  ]);
}

function listed(resources: JsonValue | undefined): readonly EventResource[] {
  if (!Array.isArray(resources)) return [];
  const list: EventResource[] = [];
  for (const each of resources as readonly JsonValue[]) {
    const type = text(member(each, "type")) ?? "";
    const arn = text(member(each, "ARN"));
    if (arn === undefined || arn === "") continue;
    list.push({ type, name: arn });
    const id = keyId(arn);
    if (id !== undefined && id !== "") list.push({ type, name: id });
  }
  return list;
}

function keyId(arn: string): string | undefined {
  if (!arn.includes(":key/")) return undefined;
  return keyIds.find(arn) ?? keyIds.keep(arn, readKeyId(arn)) ?? undefined;
}

/** Records name the same keys again and again; null for what is none. */
const keyIds = new Memo<string | null>({ most: 4_096 });

function readKeyId(arn: string): string | null {
  const parts = parseArn(arn);
  if (parts?.service !== "kms" || !parts.resource.startsWith("key/")) return null;
  return parts.resource.slice("key/".length);
}

function resource(type: string, name: JsonValue | undefined): EventResource | undefined {
  return typeof name === "string" && name !== "" ? { type, name } : undefined;
}

function uniqueResources(resources: readonly EventResource[]): readonly EventResource[] {
  if (resources.length < 2) return resources;
  return resources.filter(
    ({ type, name }, index) =>
      resources.findIndex((other) => other.type === type && other.name === name) === index,
  );
}

type Named = readonly (readonly [path: string, type: string])[];

const iamEntities: Named = [
  ["requestParameters.userName", "AWS::IAM::User"],
  ["requestParameters.roleName", "AWS::IAM::Role"],
  ["requestParameters.groupName", "AWS::IAM::Group"],
  ["requestParameters.policyArn", "AWS::IAM::Policy"],
  ["requestParameters.accessKeyId", "AWS::IAM::AccessKey"],
  ...answered("user", ["userName", "userId", "arn"], "AWS::IAM::User"),
  ...answered("role", ["roleName", "roleId", "arn"], "AWS::IAM::Role"),
  ...answered("group", ["groupName", "groupId", "arn"], "AWS::IAM::Group"),
  ...answered("policy", ["policyName", "policyId", "arn"], "AWS::IAM::Policy"),
  ...answered("accessKey", ["accessKeyId"], "AWS::IAM::AccessKey"),
];

const sessions: Named = [
  ["requestParameters.roleArn", "AWS::IAM::Role"],
  ...answered("credentials", ["accessKeyId"], "AWS::IAM::AccessKey"),
  ...answered("assumedRoleUser", ["assumedRoleId", "arn"], "AWS::STS::AssumedRole"),
  ...answered("federatedUser", ["federatedUserId", "arn"], "AWS::STS::FederatedUser"),
];

const trails: Named = [
  ["requestParameters.name", "AWS::CloudTrail::Trail"],
  ["requestParameters.trailName", "AWS::CloudTrail::Trail"],
  ["responseElements.trailARN", "AWS::CloudTrail::Trail"],
  ["requestParameters.s3BucketName", "AWS::S3::Bucket"],
];

/** Services whose records list no resources: the members of a record that name one. */
const namedMembers: Readonly<Record<string, Named>> = {
  "iam.amazonaws.com": iamEntities,
  "sts.amazonaws.com": sessions,
  "cloudtrail.amazonaws.com": trails,
};

function answered(entity: string, names: readonly string[], type: string): Named {
  return names.map((name) => [`responseElements.${entity}.${name}`, type]);
}

function follow(record: JsonObject, path: string): JsonValue | undefined {
  return path
    .split(".")
    .reduce<JsonValue | undefined>((value, name) => member(value, name), record);
}

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The first of equal values each: a record names few, for which a set costs more than it saves. */
function unique(values: readonly string[]): readonly string[] {
  return values.length < 2
    ? values
    : values.filter((value, index) => values.indexOf(value) === index);
}
