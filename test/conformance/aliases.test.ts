import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import type { NewKey } from "./support.ts";
import {
  account,
  aliasArn,
  answer,
  connect,
  createKey,
  denial,
  keyArn,
  missingId,
  openServer,
  policyOf,
  refused,
  seedWith,
  userArn,
} from "./support.ts";

/** May do with aliases whose names begin with alias/app- what is asked, but only there; on keys, everything. */
const appOnly = policyOf(
  { Action: "kms:*", Resource: `arn:aws:kms:*:${account}:key/*` },
  { Action: "kms:*Alias", Resource: `arn:aws:kms:*:${account}:alias/app-*` },
);
/** May do everything with aliases and nothing with keys. */
const aliasesOnly = policyOf({ Action: "kms:*", Resource: `arn:aws:kms:*:${account}:alias/*` });

describe("aliases (facts 14)", () => {
  let server: TestServer;
  let kms: KMS;
  let key: NewKey;
  let other: NewKey;
  before(async () => {
    server = await openServer(seedWith({ manager: appOnly, encryptor: aliasesOnly }));
    kms = connect(server);
    key = await createKey(kms);
    other = await createKey(kms);
  });
  const entryOf = async (name: string) => {
    const { Aliases = [] } = await kms.listAliases({ Limit: 100 });
    return Aliases.find((each) => each.AliasName === name);
  };

  test("CreateAlias, UpdateAlias and DeleteAlias answer nothing", async () => {
    const AliasName = "alias/flow";
    assert.deepEqual(await answer(kms.createAlias({ AliasName, TargetKeyId: key.id })), {});
    assert.deepEqual(await answer(kms.updateAlias({ AliasName, TargetKeyId: other.arn })), {});
    assert.equal((await kms.describeKey({ KeyId: AliasName })).KeyMetadata?.KeyId, other.id);
    assert.deepEqual(await answer(kms.deleteAlias({ AliasName })), {});
    assert.equal(await entryOf(AliasName), undefined);
    assert.equal((await kms.describeKey({ KeyId: other.id })).KeyMetadata?.KeyState, "Enabled");
  });

  test("ListAliases answers name, ARN, the target's bare id and both dates", async () => {
    const AliasName = "alias/Listed/with-all_characters";
    await kms.createAlias({ AliasName, TargetKeyId: key.arn });
    const { CreationDate, LastUpdatedDate, ...rest } = (await entryOf(AliasName)) ?? {};
    assert.deepEqual(rest, {
      AliasName,
      AliasArn: aliasArn(AliasName),
      TargetKeyId: key.id,
    });
    assert.deepEqual(CreationDate, LastUpdatedDate);
    await kms.updateAlias({ AliasName, TargetKeyId: key.id });
    const updated = await entryOf(AliasName);
    assert.deepEqual(updated?.CreationDate, CreationDate);
    assert.ok(Number(updated?.LastUpdatedDate) > Number(LastUpdatedDate));
  });

  test("ListAliases of one key lists only its aliases", async () => {
    const { id, arn } = await createKey(kms);
    assert.deepEqual(await answer(kms.listAliases({ KeyId: id })), {
      Aliases: [],
      Truncated: false,
    });
    await kms.createAlias({ AliasName: "alias/one", TargetKeyId: id });
    await kms.createAlias({ AliasName: "alias/two", TargetKeyId: id });
    const { Aliases = [] } = await kms.listAliases({ KeyId: arn });
    assert.deepEqual(
      Aliases.map((each) => each.AliasName),
      ["alias/one", "alias/two"],
    );
    await refused(
      kms.listAliases({ KeyId: missingId }),
      "NotFoundException",
      `Key '${keyArn(missingId)}' does not exist`,
    );
  });

  test("a name is taken once in an account and region, whoever has it; case counts", async () => {
    const AliasName = "alias/taken";
    await kms.createAlias({ AliasName, TargetKeyId: key.id });
    for (const TargetKeyId of [key.id, other.id])
      await refused(
        kms.createAlias({ AliasName, TargetKeyId }),
        "AlreadyExistsException",
        `An alias with the name ${aliasArn(AliasName)} already exists`,
      );
    await kms.createAlias({ AliasName: "alias/Taken", TargetKeyId: other.id });
    const elsewhere = connect(server, "admin", "eu-central-1");
    await elsewhere.createAlias({ AliasName, TargetKeyId: (await createKey(elsewhere)).id });
    const foreign = connect(server, "other");
    await foreign.createAlias({ AliasName, TargetKeyId: (await createKey(foreign)).id });
  });

  test("two callers at once: one gets the name", async () => {
    const AliasName = "alias/contested";
    const results = await Promise.allSettled(
      [key.id, other.id, key.id, other.id].map((TargetKeyId) =>
        kms.createAlias({ AliasName, TargetKeyId }),
      ),
    );
    const failures = results.filter((each) => each.status === "rejected");
    assert.equal(failures.length, 3);
    for (const { reason } of failures) assert.equal(reason.name, "AlreadyExistsException");
  });

  test("names that AWS refuses are refused in its words", async () => {
    const prefix =
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html';
    const TargetKeyId = key.id;
    for (const AliasName of ["noprefix", "Alias/x", "aliasx/y", aliasArn("alias/x")])
      for (const call of [
        () => kms.createAlias({ AliasName, TargetKeyId }),
        () => kms.updateAlias({ AliasName, TargetKeyId }),
        () => kms.deleteAlias({ AliasName }),
      ])
        await refused(call(), "ValidationException", prefix);
    for (const AliasName of ["alias/a b", "alias/é", "alias/a.b"])
      await refused(
        kms.createAlias({ AliasName, TargetKeyId }),
        "ValidationException",
        `1 validation error detected: Value '${AliasName}' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$`,
      );
    for (const AliasName of ["alias/a:b", "alias/"])
      await refused(
        kms.createAlias({ AliasName, TargetKeyId }),
        "ValidationException",
        `${AliasName} contains invalid characters for an alias`,
      );
    const long = `alias/${"x".repeat(251)}`;
    await refused(
      kms.createAlias({ AliasName: long, TargetKeyId }),
      "ValidationException",
      `1 validation error detected: Value '${long}' at 'aliasName' failed to satisfy constraint: Member must have length less than or equal to 256`,
    );
    await kms.createAlias({ AliasName: long.slice(0, 256), TargetKeyId });
  });

  test("alias/aws/ is reserved: NotAuthorizedException without a message", async () => {
    const AliasName = "alias/aws/mine";
    for (const call of [
      () => kms.createAlias({ AliasName, TargetKeyId: key.id }),
      () => kms.updateAlias({ AliasName: "alias/aws/s3", TargetKeyId: key.id }),
      () => kms.deleteAlias({ AliasName: "alias/aws/s3" }),
    ])
      await refused(call(), "NotAuthorizedException");
  });

  test("an alias names a key, not another alias", async () => {
    await kms.createAlias({ AliasName: "alias/target", TargetKeyId: key.id });
    for (const TargetKeyId of ["alias/target", aliasArn("alias/target")])
      await refused(
        kms.createAlias({ AliasName: "alias/chain", TargetKeyId }),
        "ValidationException",
        "Aliases must refer to keys. Not aliases",
      );
    await refused(
      kms.createAlias({ AliasName: "alias/chain", TargetKeyId: missingId }),
      "NotFoundException",
      `Key '${keyArn(missingId)}' does not exist`,
    );
  });

  test("an alias that is not there cannot be updated or deleted", async () => {
    const text = `Alias ${aliasArn("alias/none")} is not found.`;
    await refused(kms.deleteAlias({ AliasName: "alias/none" }), "NotFoundException", text);
    await refused(
      kms.updateAlias({ AliasName: "alias/none", TargetKeyId: key.id }),
      "NotFoundException",
      text,
    );
  });

  test("a key has at most 50 aliases", async () => {
    const { id: TargetKeyId } = await createKey(kms);
    for (let index = 0; index < 50; index++)
      await kms.createAlias({ AliasName: `alias/many-${index}`, TargetKeyId });
    await refused(
      kms.createAlias({ AliasName: "alias/many", TargetKeyId }),
      "LimitExceededException",
      /50/,
    );
    await kms.createAlias({ AliasName: "alias/mover", TargetKeyId: key.id });
    await refused(
      kms.updateAlias({ AliasName: "alias/mover", TargetKeyId }),
      "LimitExceededException",
      /50/,
    );
    await kms.updateAlias({ AliasName: "alias/many-0", TargetKeyId });
  });

  test("aliases need permission on the alias and on each key", async () => {
    const manager = connect(server, "manager");
    await manager.createAlias({ AliasName: "alias/app-1", TargetKeyId: key.id });
    await refused(
      manager.createAlias({ AliasName: "alias/sys-1", TargetKeyId: key.id }),
      "AccessDeniedException",
      denial(userArn("manager"), "CreateAlias", aliasArn("alias/sys-1"), "identity-based"),
    );
    const encryptor = connect(server, "encryptor");
    for (const [call, action] of [
      [() => encryptor.createAlias({ AliasName: "alias/x", TargetKeyId: key.id }), "CreateAlias"],
      [
        () => encryptor.updateAlias({ AliasName: "alias/app-1", TargetKeyId: other.id }),
        "UpdateAlias",
      ],
      [() => encryptor.deleteAlias({ AliasName: "alias/app-1" }), "DeleteAlias"],
    ] as const)
      await refused(
        call(),
        "AccessDeniedException",
        denial(userArn("encryptor"), action, key.arn, "identity-based"),
      );
    await manager.updateAlias({ AliasName: "alias/app-1", TargetKeyId: other.id });
    await manager.deleteAlias({ AliasName: "alias/app-1" });
  });
});
