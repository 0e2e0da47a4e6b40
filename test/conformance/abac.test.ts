import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import { connect, createKey, decides, openServer, policyOf, seedWith } from "./support.ts";

const Plaintext = Buffer.of(1);

describe("attribute-based access by tags and aliases (facts 15)", () => {
  let server: TestServer;
  let kms: KMS;
  before(async () => {
    server = await openServer(
      seedWith({
        manager: policyOf(
          {
            Action: "kms:Encrypt",
            Condition: { StringEquals: { "aws:ResourceTag/Team": "Blue" } },
          },
          {
            Action: ["kms:CreateKey", "kms:TagResource"],
            Condition: { StringEquals: { "aws:RequestTag/Team": "Blue" } },
          },
          {
            Action: "kms:UntagResource",
            Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["Free"] } },
          },
        ),
        encryptor: policyOf({
          Action: "kms:Encrypt",
          Condition: { "ForAnyValue:StringLike": { "kms:ResourceAliases": "alias/open-*" } },
        }),
      }),
    );
    kms = connect(server);
  });

  test("aws:ResourceTag follows the key's tags, for the next call", async () => {
    const { id: KeyId } = await createKey(kms, { Tags: [{ TagKey: "Team", TagValue: "Red" }] });
    const encrypt = () => connect(server, "manager").encrypt({ KeyId, Plaintext });
    await decides([[false, encrypt]]);
    await kms.tagResource({ KeyId, Tags: [{ TagKey: "Team", TagValue: "Blue" }] });
    await decides([[true, encrypt]]);
    await kms.untagResource({ KeyId, TagKeys: ["Team"] });
    await decides([[false, encrypt]]);
  });

  test("aws:RequestTag and aws:TagKeys see the tags of the request", async () => {
    const manager = connect(server, "manager");
    const { id: KeyId } = await createKey(kms, { Tags: [{ TagKey: "Free", TagValue: "" }] });
    const blue = [{ TagKey: "Team", TagValue: "Blue" }];
    const red = [{ TagKey: "Team", TagValue: "Red" }];
    await decides([
      [true, () => manager.createKey({ Tags: blue })],
      [false, () => manager.createKey({ Tags: red })],
      [false, () => manager.createKey({})],
      [true, () => manager.tagResource({ KeyId, Tags: blue })],
      [false, () => manager.tagResource({ KeyId, Tags: red })],
      [true, () => manager.untagResource({ KeyId, TagKeys: ["Free"] })],
      [false, () => manager.untagResource({ KeyId, TagKeys: ["Free", "Team"] })],
    ]);
  });

  test("kms:ResourceAliases follows the key's aliases, however the key is named", async () => {
    const { id: KeyId } = await createKey(kms);
    const encrypt = () => connect(server, "encryptor").encrypt({ KeyId, Plaintext });
    await decides([[false, encrypt]]);
    await kms.createAlias({ AliasName: "alias/closed", TargetKeyId: KeyId });
    await decides([[false, encrypt]]);
    await kms.createAlias({ AliasName: "alias/open-1", TargetKeyId: KeyId });
    await decides([[true, encrypt]]);
    await kms.deleteAlias({ AliasName: "alias/open-1" });
    await decides([[false, encrypt]]);
  });
});
