import { day } from "../../../base/clock.ts";
import { AwsError } from "../../../base/errors.ts";
import { list, required, string, structure, timestamp } from "../../../shape/shape.ts";
import { keysBetween } from "../model/digest-key.ts";
import * as member from "../model/members.ts";
import { reservedToken } from "../model/refusals.ts";
import { defineOperation } from "../operation.ts";
import { digestKeysVersion } from "../tables/digest-keys.ts";

/** Lists the public keys with which digests of this region were signed in a time. */
export const listPublicKeys = defineOperation({
  name: "ListPublicKeys",
  readOnly: true,
  input: structure({ StartTime: timestamp, EndTime: timestamp, NextToken: string() }),
  output: structure({ PublicKeyList: required(list(member.publicKey)), NextToken: string() }),
  identity: [{ action: "cloudtrail:ListPublicKeys", resource: () => "*" }],
  keys: {},
  audit: { request: ["StartTime", "EndTime", "NextToken"] },

  async handle({ input, context: { region, time }, tools: { digestKeys } }) {
    if (input.NextToken !== undefined) throw reservedToken();
    // AWS's defaults: until now, and the day before the end.
    const { EndTime = time, StartTime = new Date(EndTime.getTime() - day) } = input;
    if (StartTime > EndTime)
      throw new AwsError("InvalidTimeRangeException", "The start time is after the end time.");
    const set = await digestKeys.list(region);
    const keys = keysBetween(set, StartTime, EndTime).map((key) => ({
      Value: key.publicKey,
      ValidityStartTime: key.validFrom,
      ValidityEndTime: key.validTo,
      Fingerprint: key.fingerprint,
    }));
    return { output: { PublicKeyList: keys }, relied: [digestKeysVersion(set)] };
  },
});
