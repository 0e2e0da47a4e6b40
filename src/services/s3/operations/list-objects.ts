import { required, string, structure } from "../../../shape/shape.ts";
import { contentsOf, listDemand, listingInput, listingOutput, readPage } from "../listing.ts";
import { readEncoding, readMaxKeys } from "../model/listing.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Lists objects, in the first form that S3 had for it. */
export const listObjects = defineOperation({
  name: "ListObjects",
  readOnly: true,
  input: structure({ ...listingInput, Marker: member.query("marker") }),
  output: structure({ ...listingOutput, Marker: required(string()), NextMarker: string() }),
  rest: { method: "GET", level: "bucket", root: "ListBucketResult" },
  keys: { bucket: listDemand },
  audit: { request: ["Bucket", "Prefix", "Delimiter", "Marker"], renamed: member.renamed },

  async handle({ input, keys: { bucket: thing }, tools }) {
    const { Prefix: prefix = "", Delimiter: delimiter = "", Marker: after = "" } = input;
    const limit = readMaxKeys(input.MaxKeys);
    const encode = readEncoding(input.EncodingType);
    const page = await readPage(thing, { prefix, delimiter, after, limit }, tools);
    const output = {
      Name: thing.bucket.name,
      Prefix: encode(prefix),
      Marker: encode(after),
      // As in AWS: without a delimiter the last key is the next marker.
      NextMarker: page.next === undefined || delimiter === "" ? undefined : encode(page.next),
      Delimiter: delimiter === "" ? undefined : encode(delimiter),
      MaxKeys: limit,
      EncodingType: input.EncodingType,
      IsTruncated: page.next !== undefined,
      Contents: contentsOf(page.objects, encode, thing.bucket.account),
      CommonPrefixes: page.prefixes.map((each) => ({ Prefix: encode(each) })),
    };
    return { output };
  },
});
