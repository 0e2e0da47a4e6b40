import { javaDate } from "../../../audit/record-members.ts";
import { AwsError } from "../../../base/errors.ts";
import { integer, required, string, structure, timestamp } from "../../../shape/shape.ts";
import { scheduleDeletion } from "../deletion.ts";
import { notPendingDeletion } from "../model/key.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { replaceKey } from "../tables/keys.ts";

const usualWindow = 30;

/** Starts the waiting period after which a KMS key and its material are destroyed. */
export const scheduleKeyDeletion = defineOperation({
  name: "ScheduleKeyDeletion",
  readOnly: false,
  input: structure({
    KeyId: required(member.keyIdentifier),
    PendingWindowInDays: integer({ min: 1, max: 365 }),
  }),
  output: structure({
    KeyId: required(string()),
    DeletionDate: timestamp,
    KeyState: required(string()),
    PendingWindowInDays: required(integer()),
  }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:ScheduleKeyDeletion",
      states: notPendingDeletion,
      crossAccount: false,
      asksForUsage: true,
      conditions: ({ PendingWindowInDays = usualWindow }) => ({
        "kms:ScheduleKeyDeletionPendingWindowInDays": PendingWindowInDays,
      }),
    },
  },
  audit: {
    request: ["KeyId", "PendingWindowInDays"],
    response: ({ output }) => ({
      keyId: output.KeyId,
      keyState: output.KeyState,
      ...(output.DeletionDate === undefined ? {} : { deletionDate: javaDate(output.DeletionDate) }),
      pendingWindowInDays: output.PendingWindowInDays,
    }),
  },

  handle({ input: { PendingWindowInDays: days = usualWindow }, keys: { key }, context }) {
    if (days < 7 || days > usualWindow)
      throw new AwsError("ValidationException", "PendingWindowInDays must be between 7 and 30.");
    const scheduled = scheduleDeletion(key, days, context.time);
    return {
      output: {
        KeyId: key.arn,
        ...(scheduled.deletionDate === undefined ? {} : { DeletionDate: scheduled.deletionDate }),
        KeyState: scheduled.state,
        PendingWindowInDays: days,
      },
      change: replaceKey(key, scheduled),
    };
  },
});
