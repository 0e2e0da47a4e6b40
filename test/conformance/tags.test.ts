import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS, Tag } from "@aws-sdk/client-kms";
import { answer, connect, createKey, openServer, refused } from "./support.ts";

const many = (count: number): Tag[] =>
  Array.from({ length: count }, (_, index) => ({ TagKey: `key-${index}`, TagValue: `${index}` }));

describe("tags (facts 15)", () => {
  let kms: KMS;
  before(async () => {
    kms = connect(await openServer());
  });
  const tagsOf = async (KeyId: string): Promise<Record<string, string>> => {
    const { Tags = [] } = await kms.listResourceTags({ KeyId });
    return Object.fromEntries(Tags.map((tag) => [String(tag.TagKey), String(tag.TagValue)]));
  };

  test("CreateKey sets tags; ListResourceTags answers them", async () => {
    const Tags = [
      { TagKey: "Team", TagValue: "Ops" },
      { TagKey: "Empty", TagValue: "" },
      { TagKey: "Grüße_.:/=+-@ 1", TagValue: "Ω ok" },
    ];
    const { id } = await createKey(kms, { Tags });
    assert.deepEqual(await tagsOf(id), { Team: "Ops", Empty: "", "Grüße_.:/=+-@ 1": "Ω ok" });
    const untagged = await createKey(kms);
    assert.deepEqual(await answer(kms.listResourceTags({ KeyId: untagged.arn })), {
      Tags: [],
      Truncated: false,
    });
  });

  test("TagResource adds and overwrites, UntagResource removes what is there; both answer nothing", async () => {
    const { id: KeyId } = await createKey(kms, { Tags: [{ TagKey: "a", TagValue: "1" }] });
    const Tags = [
      { TagKey: "a", TagValue: "2" },
      { TagKey: "A", TagValue: "3" },
    ];
    assert.deepEqual(await answer(kms.tagResource({ KeyId, Tags })), {});
    assert.deepEqual(await tagsOf(KeyId), { a: "2", A: "3" });
    assert.deepEqual(await answer(kms.untagResource({ KeyId, TagKeys: ["a", "never"] })), {});
    assert.deepEqual(await tagsOf(KeyId), { A: "3" });
  });

  test("what AWS refuses is refused in its words, and changes nothing", async () => {
    const { id: KeyId } = await createKey(kms);
    for (const [Tags, text] of [
      [
        [
          { TagKey: "a", TagValue: "1" },
          { TagKey: "a", TagValue: "2" },
        ],
        "Duplicate tag keys",
      ],
      [[{ TagKey: "aws:x", TagValue: "" }], "Tags beginning with aws: are reserved"],
      [[{ TagKey: "AwS:x", TagValue: "" }], "Tags beginning with aws: are reserved"],
      [many(51), "Too many tags"],
    ] as const) {
      await refused(kms.tagResource({ KeyId, Tags: [...Tags] }), "TagException", text);
      await refused(kms.createKey({ Tags: [...Tags] }), "TagException", text);
    }
    for (const tag of [
      { TagKey: "a*", TagValue: "" },
      { TagKey: "a", TagValue: "b;c" },
    ])
      await refused(kms.tagResource({ KeyId, Tags: [tag] }), "TagException", /letters/);
    assert.deepEqual(await tagsOf(KeyId), {});
    await refused(
      kms.untagResource({ KeyId, TagKeys: ["aws:x"] }),
      "TagException",
      "Tags beginning with aws: are reserved",
    );
  });

  test("a key has at most 50 tags, in one request or in all", async () => {
    const { id: KeyId } = await createKey(kms, { Tags: many(50) });
    await kms.tagResource({ KeyId, Tags: [{ TagKey: "key-7", TagValue: "again" }] });
    await refused(
      kms.tagResource({ KeyId, Tags: [{ TagKey: "one-more", TagValue: "" }] }),
      "TagException",
      "Too many tags",
    );
    assert.equal(Object.keys(await tagsOf(KeyId)).length, 50);
  });

  test("lengths are checked by the model, with the path of the tag", async () => {
    const { id: KeyId } = await createKey(kms);
    const long = "x".repeat(257);
    await refused(
      kms.tagResource({ KeyId, Tags: [{ TagKey: "", TagValue: "" }] }),
      "ValidationException",
      "1 validation error detected: Value '' at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
    await refused(
      kms.createKey({ Tags: [...many(1), { TagKey: "a", TagValue: long }] }),
      "ValidationException",
      `1 validation error detected: Value '${long}' at 'tags.2.member.tagValue' failed to satisfy constraint: Member must have length less than or equal to 256`,
    );
    await kms.tagResource({
      KeyId,
      Tags: [{ TagKey: "x".repeat(128), TagValue: "x".repeat(256) }],
    });
    await refused(
      kms.untagResource({ KeyId, TagKeys: ["x".repeat(129)] }),
      "ValidationException",
      `1 validation error detected: Value '[${"x".repeat(129)}]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]`,
    );
  });
});
