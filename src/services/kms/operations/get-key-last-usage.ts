import { required, string, structure, timestamp } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import type { LastUse } from "../model/usage.ts";
import { defineOperation } from "../operation.ts";

/** Tells by which call a KMS key last served a cryptographic operation, and since when that is known. */
export const getKeyLastUsage = defineOperation({
  name: "GetKeyLastUsage",
  readOnly: true,
  input: structure({ KeyId: required(member.keyIdentifier) }),
  output: structure({
    KeyId: required(string()),
    KeyLastUsage: required(
      structure({
        Operation: string(),
        Timestamp: timestamp,
        CloudTrailEventId: string(),
        KmsRequestId: string(),
      }),
    ),
    TrackingStartDate: required(timestamp),
    KeyCreationDate: required(timestamp),
  }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:GetKeyLastUsage",
      states: "any",
      crossAccount: false,
    },
  },
  audit: { request: ["KeyId"] },

  async handle({ keys: { key }, tools }) {
    const { lastUse, trackedSince } = await tools.lastUsage.find(key);
    return {
      output: {
        KeyId: key.keyId,
        KeyLastUsage: lastUse === undefined ? {} : membersOf(lastUse),
        TrackingStartDate: trackedSince,
        KeyCreationDate: key.createdAt,
      },
    };
  },
});

function membersOf({ at, operation, eventId, requestId }: LastUse) {
  return {
    Operation: operation,
    Timestamp: at,
    CloudTrailEventId: eventId,
    KmsRequestId: requestId,
  };
}
