import { integer, required, string, structure } from "../../../shape/shape.ts";
import { contentsOf, listDemand, listingInput, listingOutput, readPage } from "../listing.ts";
import { readEncoding, readMaxKeys } from "../model/listing.ts";
import * as member from "../model/members.ts";
import { invalidArgument } from "../model/refusals.ts";
import { defineOperation } from "../operation.ts";

/** Lists objects, page by page. */
export const listObjectsV2 = defineOperation({
  name: "ListObjectsV2",
  readOnly: true,
  input: structure({
    ...listingInput,
    ContinuationToken: member.query("continuation-token"),
    StartAfter: member.query("start-after"),
    FetchOwner: member.query("fetch-owner"),
  }),
  output: structure({
    ...listingOutput,
    KeyCount: required(integer()),
    ContinuationToken: string(),
    NextContinuationToken: string(),
    StartAfter: string(),
  }),
  rest: { method: "GET", level: "bucket", query: ["list-type", "2"], root: "ListBucketResult" },
  keys: { bucket: listDemand },
  audit: { request: ["Bucket", "Prefix", "Delimiter", "StartAfter"], renamed: member.renamed },

  async handle({ input, keys: { bucket: thing }, tools }) {
    const { Prefix: prefix = "", Delimiter: delimiter = "", StartAfter = "" } = input;
    const limit = readMaxKeys(input.MaxKeys);
    const encode = readEncoding(input.EncodingType);
    const after = openToken(input.ContinuationToken) ?? StartAfter;
    const page = await readPage(thing, { prefix, delimiter, after, limit }, tools);
    const owner = input.FetchOwner === "true" ? thing.bucket.account : undefined;
    const output = {
      Name: thing.bucket.name,
      Prefix: encode(prefix),
      StartAfter: StartAfter === "" ? undefined : encode(StartAfter),
      ContinuationToken: input.ContinuationToken,
      NextContinuationToken: page.next === undefined ? undefined : makeToken(page.next),
      Delimiter: delimiter === "" ? undefined : encode(delimiter),
      KeyCount: page.objects.length + page.prefixes.length,
      MaxKeys: limit,
      EncodingType: input.EncodingType,
      IsTruncated: page.next !== undefined,
      Contents: contentsOf(page.objects, encode, owner),
      CommonPrefixes: page.prefixes.map((each) => ({ Prefix: encode(each) })),
    };
    return { output };
  },
});

/** A token says where to go on, and nothing that its holder may not know: it only ever moves the start of a listing. */
function makeToken(key: string): string {
  return `1${Buffer.from(key, "utf8").toString("base64url")}`;
}

function openToken(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const key = Buffer.from(token.slice(1), "base64url").toString("utf8");
  if (makeToken(key) !== token)
    throw invalidArgument(
      "The continuation token provided is incorrect",
      "continuation-token",
      token,
    );
  return key;
}
