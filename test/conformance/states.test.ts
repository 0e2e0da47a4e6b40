import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import { connect, createKey, openServer, refused } from "./support.ts";

type State = "Enabled" | "Disabled" | "PendingDeletion";
interface Case {
  readonly arn: string;
  readonly blob: Uint8Array;
  /** A key that is enabled all the time. */
  readonly other: string;
  readonly alias: string;
  readonly grantId: string;
}
type Call = (kms: KMS, key: Case) => Promise<unknown>;

const disabled = ["DisabledException", "is disabled."] as const;
const pending = ["KMSInvalidStateException", "is pending deletion."] as const;
const notPending = ["KMSInvalidStateException", "is not pending deletion."] as const;
type Expected = readonly [code: string, text: string] | "ok";

/** Facts 4.2: what each operation answers in each state. */
const table: Readonly<Record<string, readonly [Expected, Expected, Expected, Call]>> = {
  CancelKeyDeletion: [
    notPending,
    notPending,
    "ok",
    (kms, { arn }) => kms.cancelKeyDeletion({ KeyId: arn }),
  ],
  CreateAlias: [
    "ok",
    "ok",
    pending,
    (kms, { arn }) => kms.createAlias({ AliasName: freshAlias(), TargetKeyId: arn }),
  ],
  CreateGrant: [
    "ok",
    disabled,
    pending,
    (kms, { arn }) =>
      kms.createGrant({ KeyId: arn, GranteePrincipal: grantee, Operations: ["Decrypt"] }),
  ],
  Decrypt: ["ok", disabled, pending, (kms, { blob }) => kms.decrypt({ CiphertextBlob: blob })],
  DeleteAlias: ["ok", "ok", "ok", (kms, { alias }) => kms.deleteAlias({ AliasName: alias })],
  DescribeKey: ["ok", "ok", "ok", (kms, { arn }) => kms.describeKey({ KeyId: arn })],
  DisableKey: ["ok", "ok", pending, (kms, { arn }) => kms.disableKey({ KeyId: arn })],
  DisableKeyRotation: [
    "ok",
    disabled,
    pending,
    (kms, { arn }) => kms.disableKeyRotation({ KeyId: arn }),
  ],
  EnableKey: ["ok", "ok", pending, (kms, { arn }) => kms.enableKey({ KeyId: arn })],
  EnableKeyRotation: [
    "ok",
    disabled,
    pending,
    (kms, { arn }) => kms.enableKeyRotation({ KeyId: arn }),
  ],
  Encrypt: [
    "ok",
    disabled,
    pending,
    (kms, { arn }) => kms.encrypt({ KeyId: arn, Plaintext: byte }),
  ],
  GenerateDataKey: [
    "ok",
    disabled,
    pending,
    (kms, { arn }) => kms.generateDataKey({ KeyId: arn, KeySpec: "AES_256" }),
  ],
  GenerateDataKeyWithoutPlaintext: [
    "ok",
    disabled,
    pending,
    (kms, { arn }) => kms.generateDataKeyWithoutPlaintext({ KeyId: arn, KeySpec: "AES_256" }),
  ],
  GetKeyPolicy: ["ok", "ok", "ok", (kms, { arn }) => kms.getKeyPolicy({ KeyId: arn })],
  GetKeyRotationStatus: [
    "ok",
    "ok",
    "ok",
    (kms, { arn }) => kms.getKeyRotationStatus({ KeyId: arn }),
  ],
  ListAliases: ["ok", "ok", "ok", (kms, { arn }) => kms.listAliases({ KeyId: arn })],
  ListGrants: ["ok", "ok", "ok", (kms, { arn }) => kms.listGrants({ KeyId: arn })],
  ListKeyPolicies: ["ok", "ok", "ok", (kms, { arn }) => kms.listKeyPolicies({ KeyId: arn })],
  ListKeyRotations: ["ok", "ok", "ok", (kms, { arn }) => kms.listKeyRotations({ KeyId: arn })],
  ListResourceTags: ["ok", "ok", "ok", (kms, { arn }) => kms.listResourceTags({ KeyId: arn })],
  PutKeyPolicy: [
    "ok",
    "ok",
    "ok",
    async (kms, { arn }) => {
      const { Policy } = await kms.getKeyPolicy({ KeyId: arn });
      return kms.putKeyPolicy({ KeyId: arn, Policy });
    },
  ],
  "ReEncrypt from it": [
    "ok",
    disabled,
    pending,
    (kms, { blob, other }) => kms.reEncrypt({ CiphertextBlob: blob, DestinationKeyId: other }),
  ],
  "ReEncrypt to it": [
    "ok",
    disabled,
    pending,
    async (kms, { arn, other }) => {
      const { CiphertextBlob } = await kms.encrypt({ KeyId: other, Plaintext: byte });
      return kms.reEncrypt({ CiphertextBlob, DestinationKeyId: arn });
    },
  ],
  RetireGrant: [
    "ok",
    "ok",
    "ok",
    (kms, { arn, grantId }) => kms.retireGrant({ KeyId: arn, GrantId: grantId }),
  ],
  RevokeGrant: [
    "ok",
    "ok",
    "ok",
    (kms, { arn, grantId }) => kms.revokeGrant({ KeyId: arn, GrantId: grantId }),
  ],
  RotateKeyOnDemand: [
    "ok",
    disabled,
    pending,
    (kms, { arn }) => kms.rotateKeyOnDemand({ KeyId: arn }),
  ],
  ScheduleKeyDeletion: [
    "ok",
    "ok",
    pending,
    (kms, { arn }) => kms.scheduleKeyDeletion({ KeyId: arn }),
  ],
  TagResource: [
    "ok",
    "ok",
    pending,
    (kms, { arn }) => kms.tagResource({ KeyId: arn, Tags: [{ TagKey: "a", TagValue: "" }] }),
  ],
  UntagResource: [
    "ok",
    "ok",
    pending,
    (kms, { arn }) => kms.untagResource({ KeyId: arn, TagKeys: ["a"] }),
  ],
  "UpdateAlias from it": [
    "ok",
    "ok",
    "ok",
    (kms, { alias, other }) => kms.updateAlias({ AliasName: alias, TargetKeyId: other }),
  ],
  "UpdateAlias to it": [
    "ok",
    "ok",
    pending,
    async (kms, { arn, other }) => {
      const name = freshAlias();
      await kms.createAlias({ AliasName: name, TargetKeyId: other });
      return kms.updateAlias({ AliasName: name, TargetKeyId: arn });
    },
  ],
  UpdateKeyDescription: [
    "ok",
    "ok",
    pending,
    (kms, { arn }) => kms.updateKeyDescription({ KeyId: arn, Description: "" }),
  ],
};

const byte = Buffer.of(1);
const grantee = "arn:aws:iam::111122223333:user/nobody";
let names = 0;
const freshAlias = (): string => `alias/fresh-${++names}`;

/** A key that was enabled, used and then put into a state. */
async function keyIn(state: State, kms: KMS, other: string): Promise<Case> {
  const { arn } = await createKey(kms);
  const alias = freshAlias();
  await kms.createAlias({ AliasName: alias, TargetKeyId: arn });
  const { GrantId } = await kms.createGrant({
    KeyId: arn,
    GranteePrincipal: grantee,
    Operations: ["Encrypt"],
  });
  const { CiphertextBlob } = await kms.encrypt({ KeyId: arn, Plaintext: byte });
  if (state === "Disabled") await kms.disableKey({ KeyId: arn });
  if (state === "PendingDeletion") await kms.scheduleKeyDeletion({ KeyId: arn });
  assert.ok(CiphertextBlob && GrantId);
  return { arn, blob: CiphertextBlob, other, alias, grantId: GrantId };
}

describe("key states: what each operation answers in each of them (facts 4.2)", () => {
  let kms: KMS;
  let other: string;
  before(async () => {
    kms = connect(await openServer());
    other = (await createKey(kms)).arn;
  });

  for (const [operation, [enabled, off, doomed, call]] of Object.entries(table))
    test(operation, async () => {
      for (const [state, expected] of [
        ["Enabled", enabled],
        ["Disabled", off],
        ["PendingDeletion", doomed],
      ] as const) {
        const key = await keyIn(state, kms, other);
        if (expected === "ok") await call(kms, key);
        else await refused(call(kms, key), expected[0], `${key.arn} ${expected[1]}`);
      }
    });

  test("an alias's aliases, tags and description outlive a pending deletion that is cancelled", async () => {
    const { arn } = await createKey(kms, {
      Description: "kept",
      Tags: [{ TagKey: "a", TagValue: "1" }],
    });
    const AliasName = freshAlias();
    await kms.createAlias({ AliasName, TargetKeyId: arn });
    await kms.scheduleKeyDeletion({ KeyId: arn, PendingWindowInDays: 7 });
    await kms.cancelKeyDeletion({ KeyId: arn });
    const { KeyMetadata } = await kms.describeKey({ KeyId: AliasName });
    assert.equal(KeyMetadata?.KeyState, "Disabled");
    assert.equal(KeyMetadata?.Enabled, false);
    assert.equal(KeyMetadata?.Description, "kept");
    assert.equal(KeyMetadata?.DeletionDate, undefined);
    assert.deepEqual((await kms.listResourceTags({ KeyId: arn })).Tags, [
      { TagKey: "a", TagValue: "1" },
    ]);
  });
});
