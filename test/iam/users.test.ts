import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { openServer } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { connectIam, inPages, refusedBy } from "./support.ts";

describe("users of IAM", () => {
  let server: TestServer;
  let iam: IAM;
  before(async () => {
    server = await openServer();
    iam = connectIam(server);
  });

  test("a user comes back as it was created", async () => {
    const { User } = await iam.createUser({
      UserName: "alice",
      Path: "/team/",
      Tags: [{ Key: "a", Value: "b" }],
    });
    assert.match(String(User?.UserId), /^AIDA[A-Z2-7]{17}$/);
    assert.equal(User?.Arn, "arn:aws:iam::111122223333:user/team/alice");
    assert.ok(User.CreateDate instanceof Date);
    assert.deepEqual((await iam.getUser({ UserName: "alice" })).User, User);
    const { Users = [], IsTruncated } = await iam.listUsers({ PathPrefix: "/team/" });
    assert.equal(IsTruncated, false);
    assert.deepEqual(
      Users.map((each) => each.UserName),
      ["alice"],
    );
  });

  test("a name is taken whatever the case of its letters", async () => {
    await iam.createUser({ UserName: "Bob" });
    await refusedBy(
      iam.createUser({ UserName: "bOB" }),
      "EntityAlreadyExistsException",
      409,
      "User with name bOB already exists.",
    );
  });

  test("a deleted user is gone, and its name is free again with another id", async () => {
    const first = await iam.createUser({ UserName: "carol" });
    await iam.deleteUser({ UserName: "carol" });
    await refusedBy(
      iam.getUser({ UserName: "carol" }),
      "NoSuchEntityException",
      404,
      "The user with name carol cannot be found.",
    );
    const second = await iam.createUser({ UserName: "carol" });
    assert.notEqual(second.User?.UserId, first.User?.UserId);
    await server.restart();
    iam = connectIam(server);
    assert.equal((await iam.getUser({ UserName: "carol" })).User?.UserId, second.User?.UserId);
  });

  test("who may not see a user does not learn whether it exists", async () => {
    const nobody = connectIam(server, "nobody");
    for (const UserName of ["alice", "nosuch"])
      await refusedBy(
        nobody.getUser({ UserName }),
        "AccessDenied",
        403,
        /is not authorized to perform: iam:GetUser/,
      );
  });
});

describe("tags of users", () => {
  let iam: IAM;
  before(async () => {
    iam = connectIam(await openServer());
  });

  const tagsOf = async (UserName: string) => (await iam.listUserTags({ UserName })).Tags;

  test("are set, replaced in their newest spelling, and removed", async () => {
    await iam.createUser({ UserName: "alice", Tags: [{ Key: "Team", Value: "a" }] });
    await iam.tagUser({
      UserName: "alice",
      Tags: [
        { Key: "team", Value: "b" },
        { Key: "Empty", Value: "" },
      ],
    });
    await iam.tagUser({ UserName: "alice", Tags: [{ Key: "Empty", Value: "" }] });
    assert.deepEqual(await tagsOf("alice"), [
      { Key: "Empty", Value: "" },
      { Key: "team", Value: "b" },
    ]);
    await iam.untagUser({ UserName: "alice", TagKeys: ["TEAM", "nosuch"] });
    assert.deepEqual(await tagsOf("alice"), [{ Key: "Empty", Value: "" }]);
  });

  test("are listed page by page", async () => {
    const Tags = Array.from({ length: 7 }, (_, index) => ({ Key: `key${index}`, Value: "\u00e4" }));
    await iam.createUser({ UserName: "many", Tags });
    const listed = await inPages(async (page) => {
      const { Tags: entries, ...rest } = await iam.listUserTags({ UserName: "many", ...page });
      return { entries, ...rest };
    }, 3);
    assert.deepEqual(listed, Tags);
  });

  test("are fifty at most", async () => {
    const Tags = Array.from({ length: 50 }, (_, index) => ({ Key: `key${index}`, Value: "x" }));
    await iam.createUser({ UserName: "full", Tags });
    await refusedBy(
      iam.tagUser({ UserName: "full", Tags: [{ Key: "more", Value: "x" }] }),
      "LimitExceededException",
      409,
      "The number of tags has reached the maximum limit.",
    );
    await iam.tagUser({ UserName: "full", Tags: [{ Key: "KEY1", Value: "y" }] });
  });

  test("given twice, or AWS's own, are refused", async () => {
    await iam.createUser({ UserName: "bob" });
    const tag = (...keys: readonly string[]) =>
      iam.tagUser({ UserName: "bob", Tags: keys.map((Key) => ({ Key, Value: "x" })) });
    await refusedBy(
      tag("a", "A"),
      "InvalidInputException",
      400,
      "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    );
    await refusedBy(
      tag("aws:x"),
      "InvalidInputException",
      400,
      "System tags cannot be added/updated.",
    );
  });
});
