import { elements, required, string, structure, timestamp } from "../../../shape/shape.ts";
import { canonicalId } from "../model/listing.ts";
import * as member from "../model/members.ts";
import { invalidArgument } from "../model/refusals.ts";
import { defineOperation } from "../operation.ts";

/** Lists the buckets of the caller's account, of all regions. */
export const listBuckets = defineOperation({
  name: "ListBuckets",
  readOnly: true,
  input: structure({
    MaxBuckets: member.query("max-buckets"),
    ContinuationToken: member.query("continuation-token"),
    Prefix: member.query("prefix"),
    BucketRegion: member.query("bucket-region"),
  }),
  output: structure({
    Buckets: required(
      elements(
        "Bucket",
        structure({
          Name: string(),
          CreationDate: timestamp,
          BucketRegion: string(),
          BucketArn: string(),
        }),
      ),
    ),
    Owner: required(member.owner),
    ContinuationToken: string(),
    Prefix: string(),
  }),
  rest: { method: "GET", level: "service", root: "ListAllMyBucketsResult" },
  identity: [{ action: "s3:ListAllMyBuckets", resource: () => "arn:aws:s3:::*" }],
  keys: {},
  audit: { request: ["MaxBuckets", "Prefix", "BucketRegion"] },

  async handle({ input, context: { account }, tools: { buckets } }) {
    const limit = limitOf(input.MaxBuckets);
    const after = afterOf(input.ContinuationToken);
    const { Prefix = "", BucketRegion } = input;
    // An account has few buckets: those that are not asked for are left out of what is read.
    const all = (await buckets.list(account, after, mostBuckets)).filter(
      ({ name, region }) =>
        name.startsWith(Prefix) && (BucketRegion === undefined || region === BucketRegion),
    );
    const page = all.slice(0, limit);
    const last = page.at(-1);
    return {
      output: {
        Buckets: page.map(({ name, createdAt, region }) => ({
          Name: name,
          CreationDate: createdAt,
          BucketRegion: region,
          BucketArn: `arn:aws:s3:::${name}`,
        })),
        Owner: { ID: canonicalId(account) },
        ContinuationToken:
          all.length > limit && last ? Buffer.from(last.name).toString("base64url") : undefined,
        Prefix: input.Prefix,
      },
    };
  },
});

const mostBuckets = 10_000;

function limitOf(text: string | undefined): number {
  if (text === undefined) return mostBuckets;
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > mostBuckets)
    throw invalidArgument(
      `Argument max-buckets must be an integer between 1 and ${mostBuckets}`,
      "max-buckets",
      text,
    );
  return limit;
}

function afterOf(token: string | undefined): string {
  const name = Buffer.from(token ?? "", "base64url").toString();
  if (token !== undefined && !/^[a-z0-9.-]{3,63}$/.test(name))
    throw invalidArgument(
      "The continuation token provided is incorrect",
      "continuation-token",
      token,
    );
  return name;
}
