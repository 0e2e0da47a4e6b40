import { isMap, isSeq } from "yaml";
import { isRegionName } from "../base/arn.ts";
import { decodeBase64 } from "../base/bytes.ts";
import { isJsonObject, JsonSyntaxError, readJson } from "../base/json.ts";
import { awsManagedPolicies } from "../services/iam/model/aws-managed-policies.ts";
import type { Place, Read } from "./document.ts";
import {
  checked,
  digits,
  entriesOf,
  json,
  list,
  object,
  optional,
  record,
  required,
  text,
  truth,
  whole,
} from "./document.ts";
import type { CheckPolicy, Seed, SeedAccessKey, SeedAccount, SeedKey, SeedPolicy } from "./seed.ts";

const entityName = text(/^[\w+=,.@-]{1,64}$/, "1 to 64 letters, digits or +=,.@_-");
const managedPolicyArn = text(
  /^arn:aws:iam::(aws|\d{12}):policy\/[\w+=,.@/-]{1,512}$/,
  "arn:aws:iam::aws:policy/NAME, or the ARN of a policy of this account",
);

/** What must be unique in the whole seed, and the policy parser. */
interface Scope {
  readonly checkPolicy: CheckPolicy;
  readonly accounts: Register;
  readonly accessKeys: Register;
  readonly keys: Register;
}

/** The form of a seed. Made anew for each one, because it remembers what it has read. */
export function seedForm(checkPolicy: CheckPolicy): Read<Seed> {
  const scope: Scope = {
    checkPolicy,
    accounts: register("account"),
    accessKeys: register("access key id"),
    keys: register("key id"),
  };
  // A form of its own for each account: names are unique within an account.
  const accounts = checked(
    list((place) => account(scope)(place)),
    (_, { node, report }) => {
      if (isSeq(node) && node.items.length === 0)
        report("`accounts` must have at least one account");
    },
  );
  return object({ accounts: required(accounts) });
}

/** Members are read in this order, so users come after the groups and policies they name. */
function account(scope: Scope): Read<SeedAccount> {
  const policies = iamRegister("policy");
  const groups = iamRegister("group");
  const users = iamRegister("user");
  const aliases = register("alias");
  let id = "";
  const ownId = checked(digits(12), (value, place) => {
    id = value;
    scope.accounts.add(value, place);
  });
  const managed = checked(managedPolicyArn, (arn, { report }) => {
    const own = `arn:aws:iam::${id}:policy/`;
    if (arn.startsWith("arn:aws:iam::aws:")) {
      // One that is not known must not be ignored: what it would deny or allow is not known either.
      if (!awsManagedPolicies.has(arn))
        report(`\`${arn}\` is not an AWS managed policy that is known here`);
    } else if (!arn.startsWith(own) || !policies.has(arn.slice(own.length)))
      report(`\`${arn}\` is not a policy of this account in the seed`);
  });
  const holder = {
    managedPolicies: optional(distinct(managed), []),
    policies: optional(inlinePolicies(scope), []),
  };
  const membership = checked(entityName, (name, { report }) => {
    if (!groups.has(name)) report(`group \`${name}\` is not in this account`);
  });
  return object({
    id: required(ownId),
    name: optional(text(/^.{1,50}$/, "1 to 50 characters"), undefined),
    policies: optional(list(policy(scope, policies)), []),
    groups: optional(list(object({ name: required(unique(entityName, groups)), ...holder })), []),
    users: optional(
      list(
        object({
          name: required(unique(entityName, users)),
          groups: optional(distinct(membership), []),
          accessKeys: optional(list(accessKey(scope)), []),
          tags: optional(tags, {}),
          ...holder,
        }),
      ),
      [],
    ),
    rootAccessKeys: optional(list(accessKey(scope)), []),
    keys: optional(list(key(scope, aliases)), []),
  });
}

function accessKey(scope: Scope): Read<SeedAccessKey> {
  const id = text(/^\w{3,128}$/, "3 to 128 letters, digits or _");
  return object({
    id: required(unique(id, scope.accessKeys)),
    secret: required(text(/^.+$/s, "text that is not empty")),
    status: optional(status, "Active" as const),
  });
}

function status(place: Place): SeedAccessKey["status"] | undefined {
  const word = text(/^(Active|Inactive)$/, "Active or Inactive")(place);
  return word === "Active" || word === "Inactive" ? word : undefined;
}

function policy(scope: Scope, names: Register): Read<SeedPolicy> {
  const name = text(/^[\w+=,.@-]{1,128}$/, "1 to 128 letters, digits or +=,.@_-");
  return object({
    name: required(unique(name, names)),
    document: required(policyDocument(scope, "identity")),
  });
}

/** Inline policies, whose names are unique within the user or group that holds them. */
function inlinePolicies(scope: Scope): Read<readonly SeedPolicy[]> {
  return (place) => list(policy(scope, iamRegister("policy")))(place);
}

function policyDocument(scope: Scope, kind: "key" | "identity"): Read<string> {
  return (place) => {
    const document = documentText(place);
    if (document === undefined) return undefined;
    try {
      scope.checkPolicy(document, kind);
      return document;
    } catch (error) {
      return place.report(`\`${place.name}\`: ${error instanceof Error ? error.message : error}`);
    }
  };
}

/** The JSON text of a policy that is written as an object, or as text that holds an object. */
function documentText(place: Place): string | undefined {
  const value = json(place);
  if (isJsonObject(value)) return JSON.stringify(value);
  if (typeof value !== "string") return place.report(`\`${place.name}\` must be a policy document`);
  try {
    if (isJsonObject(readJson(value))) return value;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return place.report(`\`${place.name}\` is not JSON: ${error.message}`);
  }
  return place.report(`\`${place.name}\` must be a policy document`);
}

const tags = record(
  /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u,
  "1 to 128 letters, digits, spaces or _.:/=+-@, and not begin with aws:",
  text(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u, "up to 256 letters, digits, spaces or _.:/=+-@"),
);

function key(scope: Scope, aliases: Register): Read<SeedKey> {
  const form = object({
    id: required(keyId),
    region: required(regionName),
    description: optional(text(/^.{0,8192}$/s, "up to 8192 characters"), ""),
    material: optional(material, undefined),
    aliases: optional(list(aliasName), []),
    tags: optional(tags, {}),
    policy: optional(keyPolicy(scope), ""),
    enabled: optional(truth, true),
    rotationPeriodInDays: optional(whole(90, 2560), undefined),
  });
  return (place) => {
    const found = form(place);
    if (!found) return undefined;
    const entries = entriesOf(place);
    scope.keys.add(`${found.region}/${found.id}`, entries?.get("id") ?? place);
    for (const alias of found.aliases)
      aliases.add(`${found.region}/${alias}`, entries?.get("aliases") ?? place);
    return { ...found, policy: found.policy || undefined };
  };
}

/** Like any policy document, but an empty object is empty text: the default key policy. */
function keyPolicy(scope: Scope): Read<string> {
  const document = policyDocument(scope, "key");
  return (place) => (isMap(place.node) && place.node.items.length === 0 ? "" : document(place));
}

function keyId(place: Place): string | undefined {
  const id = text(/^[\da-z-]{1,64}$/, "a lower-case UUID")(place);
  if (id === undefined || /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id)) return id;
  if (id.startsWith("mrk-")) return place.report("multi-Region keys cannot be seeded yet");
  return place.report(`\`${place.name}\` must be a lower-case UUID`);
}

function regionName(place: Place): string | undefined {
  const name = text(/^[a-z\d-]+$/, "a region's name, such as us-east-1")(place);
  if (name === undefined || isRegionName(name)) return name;
  return place.report(`\`${place.name}\` must be a region's name, such as us-east-1`);
}

function aliasName(place: Place): string | undefined {
  const name = text(/^alias\/[\w/-]{1,250}$/, "alias/ and up to 250 letters, digits or /_-")(place);
  return name?.startsWith("alias/aws/") ? place.report("alias/aws/ is reserved for AWS") : name;
}

function material(place: Place): Uint8Array | undefined {
  const encoded = text(/^[\da-zA-Z+/]{43}=$/, "the base64 of exactly 32 bytes")(place);
  const bytes = encoded === undefined ? undefined : decodeBase64(encoded);
  return bytes && new Uint8Array(bytes);
}

/** Reads a list of text in which nothing is repeated. */
function distinct(read: Read<string>): Read<readonly string[]> {
  return checked(list(read), (values, { name, report }) => {
    if (new Set(values).size < values.length) report(`\`${name}\` repeats an entry`);
  });
}

/** Names that must be unique, and where each was read. */
interface Register {
  add(name: string, place: Place): void;
  has(name: string): boolean;
}

/** `what` is named in the problem. Names that `fold` makes equal count as the same. */
function register(what: string, fold = (name: string): string => name): Register {
  const lines = new Map<string, number>();
  const names = new Set<string>();
  return {
    add(name, { line, report }) {
      const first = lines.get(fold(name));
      if (first !== undefined) report(`this ${what} is already used on line ${first}`);
      else lines.set(fold(name), line);
      names.add(name);
    },
    has: (name) => names.has(name),
  };
}

/** IAM's names are the same when only the case of their letters differs. */
function iamRegister(what: string): Register {
  return register(what, (name) => name.toLowerCase());
}

function unique(read: Read<string>, names: Register): Read<string> {
  return checked(read, (name, place) => names.add(name, place));
}
