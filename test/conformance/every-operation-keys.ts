import type { Provocation, Request, Row } from "./every-operation-lab.ts";
import {
  badMarker,
  brokenArn,
  changed,
  disabled,
  idOf,
  noSuchKey,
  pendingDeletion,
  pendingImport,
  reasons,
  toKeyOf,
  tooLongPolicy,
} from "./every-operation-lab.ts";
import { kinds } from "./key-uses.ts";
import { day } from "./support.ts";

/** Rows of the operations that keep keys, their policies, tags and rotations. */

const minute = 60_000;
const west = "us-west-2";
const ofKey: Request = async (lab) => ({ KeyId: (await lab.key()).id });
const withMembers =
  (members: object): Request =>
  async (lab) => ({ ...(await ofKey(lab)), ...members });
const named = { NotFoundException: noSuchKey(), InvalidArnException: brokenArn };

const notPending: Provocation = async (lab) => {
  const { id, arn } = await lab.key();
  return { input: { KeyId: id }, says: `${arn} is not pending deletion.` };
};

const unrotatable = toKeyOf(kinds.mac, () => "");
const imported = toKeyOf(
  { Origin: "EXTERNAL" },
  (arn) => `${arn} origin is EXTERNAL which is not valid for this operation.`,
);

const primary: Request = async (lab) => ({ KeyId: (await lab.key({ MultiRegion: true })).id });
const replicated: Request = async (lab) => {
  const { KeyId } = await primary(lab);
  await lab.kms.replicateKey({ KeyId: String(KeyId), ReplicaRegion: west });
  return { KeyId };
};
const toWest: Request = async (lab) => ({ ...(await primary(lab)), ReplicaRegion: west });
const mayMove: Request = async (lab) => ({ ...(await replicated(lab)), PrimaryRegion: west });
const singleRegion = toKeyOf({}, (arn) => `${arn} is not a multi-region primary key.`);

const badPolicy = changed({ Policy: "{}" });
const twice = [
  { TagKey: "a", TagValue: "1" },
  { TagKey: "a", TagValue: "2" },
];

const policyOfNew: Request = async (lab) => {
  const { KeyId } = await ofKey(lab);
  const { Policy } = await lab.kms.getKeyPolicy({ KeyId: String(KeyId) });
  return { KeyId, Policy };
};

const dueSoon: Provocation = async (lab) => {
  const { id: KeyId, arn } = await lab.key();
  await lab.kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
  return {
    input: { KeyId },
    later: 90 * day - 10 * minute,
    says: `An automatic rotation of ${arn} is in progress or due within 20 minutes.`,
  };
};

const rotatedOut: Provocation = async (lab) => {
  const { id: KeyId, arn } = await lab.key();
  for (let times = 0; times < 25; times++) await lab.kms.rotateKeyOnDemand({ KeyId });
  return {
    input: { KeyId },
    says: `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arn}`,
  };
};

/** Operations on keys. */
export const keyRows: readonly Row[] = [
  {
    operation: "CancelKeyDeletion",
    request: async (lab) => {
      const input = await ofKey(lab);
      await lab.pendingDeletion(idOf(input));
      return input;
    },
    answers: ["KeyId"],
    errors: { ...named, KMSInvalidStateException: notPending },
  },
  {
    operation: "DescribeKey",
    request: ofKey,
    answers: ["KeyMetadata"],
    errors: named,
  },
  {
    operation: "DisableKey",
    request: ofKey,
    answers: [],
    errors: { ...named, KMSInvalidStateException: pendingDeletion },
  },
  {
    operation: "EnableKey",
    request: ofKey,
    answers: [],
    errors: {
      ...named,
      KMSInvalidStateException: pendingImport,
      LimitExceededException: "keys count whatever their state, so enabling one exceeds nothing",
    },
  },
  {
    operation: "ScheduleKeyDeletion",
    request: withMembers({ PendingWindowInDays: 7 }),
    answers: ["DeletionDate", "KeyId", "KeyState", "PendingWindowInDays"],
    errors: { ...named, KMSInvalidStateException: pendingDeletion },
  },
  {
    operation: "UpdateKeyDescription",
    request: withMembers({ Description: "new" }),
    answers: [],
    errors: { ...named, KMSInvalidStateException: pendingDeletion },
  },
  {
    operation: "GetKeyLastUsage",
    request: ofKey,
    answers: ["KeyCreationDate", "KeyId", "KeyLastUsage", "TrackingStartDate"],
    errors: named,
  },
  {
    operation: "ListKeys",
    request: async (lab) => {
      await Promise.all([lab.key(), lab.key()]);
      return { Limit: 1 };
    },
    answers: ["Keys", "NextMarker", "Truncated"],
    errors: { InvalidMarkerException: badMarker },
  },
  {
    operation: "GetKeyPolicy",
    request: ofKey,
    answers: ["Policy", "PolicyName"],
    errors: { ...named, KMSInvalidStateException: reasons.anyState },
  },
  {
    operation: "ListKeyPolicies",
    request: ofKey,
    answers: ["PolicyNames", "Truncated"],
    errors: { ...named, KMSInvalidStateException: reasons.anyState },
  },
  {
    operation: "PutKeyPolicy",
    request: policyOfNew,
    answers: [],
    errors: {
      ...named,
      MalformedPolicyDocumentException: badPolicy,
      LimitExceededException: tooLongPolicy,
      KMSInvalidStateException: reasons.anyState,
      UnsupportedOperationException: "every key that a customer may name has a policy to replace",
    },
  },
  {
    operation: "TagResource",
    request: withMembers({ Tags: [{ TagKey: "a", TagValue: "1" }] }),
    answers: [],
    errors: {
      ...named,
      KMSInvalidStateException: pendingDeletion,
      TagException: changed({ Tags: twice }, "Duplicate tag keys"),
      LimitExceededException: "too many tags are a TagException, as AWS documents",
    },
  },
  {
    operation: "UntagResource",
    request: withMembers({ TagKeys: ["a"] }),
    answers: [],
    errors: {
      ...named,
      KMSInvalidStateException: pendingDeletion,
      TagException: changed({ TagKeys: ["aws:a"] }),
    },
  },
  {
    operation: "ListResourceTags",
    request: ofKey,
    answers: ["Tags", "Truncated"],
    errors: { ...named, InvalidMarkerException: badMarker },
  },
  {
    operation: "EnableKeyRotation",
    request: withMembers({ RotationPeriodInDays: 90 }),
    answers: [],
    errors: {
      ...named,
      DisabledException: disabled,
      KMSInvalidStateException: pendingDeletion,
      UnsupportedOperationException: unrotatable,
    },
  },
  {
    operation: "DisableKeyRotation",
    request: ofKey,
    answers: [],
    errors: {
      ...named,
      DisabledException: disabled,
      KMSInvalidStateException: pendingDeletion,
      UnsupportedOperationException: imported,
    },
  },
  {
    operation: "GetKeyRotationStatus",
    request: ofKey,
    answers: ["KeyId", "KeyRotationEnabled"],
    errors: {
      ...named,
      KMSInvalidStateException: reasons.anyState,
      UnsupportedOperationException: imported,
    },
  },
  {
    operation: "ListKeyRotations",
    request: ofKey,
    answers: ["Rotations", "Truncated"],
    errors: {
      ...named,
      InvalidMarkerException: badMarker,
      KMSInvalidStateException: reasons.anyState,
      UnsupportedOperationException: unrotatable,
    },
  },
  {
    operation: "RotateKeyOnDemand",
    request: ofKey,
    answers: ["KeyId"],
    errors: {
      ...named,
      DisabledException: disabled,
      KMSInvalidStateException: pendingImport,
      UnsupportedOperationException: unrotatable,
      LimitExceededException: rotatedOut,
      ConflictException: dueSoon,
    },
  },
  {
    operation: "ReplicateKey",
    request: toWest,
    answers: ["ReplicaKeyMetadata", "ReplicaPolicy"],
    errors: {
      ...named,
      AlreadyExistsException: async (lab) => ({
        input: { ...(await replicated(lab)), ReplicaRegion: west },
      }),
      DisabledException: disabled,
      KMSInvalidStateException: pendingDeletion,
      MalformedPolicyDocumentException: badPolicy,
      LimitExceededException: tooLongPolicy,
      TagException: changed({ Tags: twice }, "Duplicate tag keys"),
      UnsupportedOperationException: singleRegion,
    },
  },
  {
    operation: "UpdatePrimaryRegion",
    request: mayMove,
    answers: [],
    errors: {
      ...named,
      DisabledException: disabled,
      KMSInvalidStateException: pendingDeletion,
      UnsupportedOperationException: singleRegion,
    },
  },
];
