import type { RestOperation } from "../../api/invoke.ts";
import type { Rest } from "../../api/operation.ts";
import { AwsError } from "../../base/errors.ts";
import type { Headers } from "../headers.ts";
import type { Address } from "./rest-address.ts";

/** Parameters by which S3 tells operations apart: with one that no operation here has, a request asks for something else. */
const markers: ReadonlySet<string> = new Set([
  ...["accelerate", "acl", "analytics", "attributes", "cors", "delete", "encryption"],
  ...["intelligent-tiering", "inventory", "legal-hold", "lifecycle", "list-type", "location"],
  ...["logging", "metadataConfiguration", "metadataTable", "metrics", "notification"],
  ...["object-lock", "ownershipControls", "partNumber", "policy", "policyStatus"],
  ...["publicAccessBlock", "renameObject", "replication", "requestPayment", "restore"],
  ...["retention", "select", "session", "tagging", "torrent", "uploadId", "uploads"],
  ...["versionId", "versioning", "versions", "website"],
]);

/** The operation that a request asks for. Throws NotImplemented and MethodNotAllowed. */
export function findRoute(
  operations: readonly RestOperation[],
  asked: {
    readonly method: string;
    readonly address: Address;
    readonly parameters: ReadonlyMap<string, string>;
    readonly headers: Pick<Headers, "has">;
  },
): RestOperation {
  const { method, address, parameters, headers } = asked;
  const level = levelOf(address);
  const marked = [...parameters.keys()].filter((name) => markers.has(name));
  const found = operations.find(
    ({ rest }) => rest.method === method && rest.level === level && fits(rest, parameters, marked),
  );
  // A copy is a PUT like any other, but for this header.
  if (found !== undefined && !headers.has("x-amz-copy-source")) return found;
  if (found !== undefined || marked.length > 0 || methods.has(`${method} ${level}`))
    throw new AwsError(
      "NotImplemented",
      "A header or query you provided implies functionality that is not implemented.",
    );
  throw new AwsError(
    "MethodNotAllowed",
    "The specified method is not allowed against this resource.",
    { details: { Method: method } },
  );
}

/** What S3 has besides what is here. */
const methods: ReadonlySet<string> = new Set(["PUT object", "POST object", "POST bucket"]);

function levelOf({ bucket, key }: Address): Rest["level"] {
  if (key !== undefined) return "object";
  return bucket === undefined ? "service" : "bucket";
}

function fits(
  { query }: Rest,
  parameters: ReadonlyMap<string, string>,
  marked: readonly string[],
): boolean {
  if (query === undefined) return marked.length === 0;
  const [name, value] = query;
  if (marked.length !== 1 || marked[0] !== name) return false;
  return value === undefined || parameters.get(name) === value;
}
