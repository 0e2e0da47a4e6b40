import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { openServer } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { connectIam, inPages, refusedBy, seedWithAdmins } from "./support.ts";

describe("groups of IAM", () => {
  let server: TestServer;
  let iam: IAM;
  before(async () => {
    server = await openServer(seedWithAdmins());
    iam = connectIam(server);
  });

  test("a group comes back as it was created, and is gone when it is deleted", async () => {
    const { Group } = await iam.createGroup({ GroupName: "devs", Path: "/eng/" });
    assert.match(String(Group?.GroupId), /^AGPA[A-Z2-7]{17}$/);
    assert.equal(Group?.Arn, "arn:aws:iam::111122223333:group/eng/devs");
    const { Group: got, Users, IsTruncated } = await iam.getGroup({ GroupName: "devs" });
    assert.deepEqual(got, Group);
    assert.deepEqual(Users, []);
    assert.equal(IsTruncated, false);
    const { Groups = [] } = await iam.listGroups({ PathPrefix: "/eng/" });
    assert.deepEqual(Groups, [Group]);
    await iam.deleteGroup({ GroupName: "devs" });
    await refusedBy(
      iam.getGroup({ GroupName: "devs" }),
      "NoSuchEntityException",
      404,
      "The group with name devs cannot be found.",
    );
  });

  test("names are well formed and taken only once", async () => {
    await iam.createGroup({ GroupName: "Taken" });
    await refusedBy(
      iam.createGroup({ GroupName: "tAKEN" }),
      "EntityAlreadyExistsException",
      409,
      "Group with name tAKEN already exists.",
    );
    await refusedBy(
      iam.createGroup({ GroupName: "a b" }),
      "ValidationError",
      400,
      "The specified value for groupName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
    );
  });

  test("users join and leave, as often as one likes", async () => {
    await iam.createGroup({ GroupName: "club" });
    for (const UserName of ["zoe", "anna", "mia"]) {
      await iam.createUser({ UserName });
      await iam.addUserToGroup({ GroupName: "club", UserName });
      await iam.addUserToGroup({ GroupName: "club", UserName });
    }
    const names = async () =>
      inPages(async (page) => {
        const { Users, IsTruncated, Marker } = await iam.getGroup({ GroupName: "club", ...page });
        return { entries: Users?.map((user) => user.UserName), IsTruncated, Marker };
      }, 2);
    assert.deepEqual(await names(), ["anna", "mia", "zoe"]);
    await iam.removeUserFromGroup({ GroupName: "club", UserName: "mia" });
    await iam.removeUserFromGroup({ GroupName: "club", UserName: "mia" });
    assert.deepEqual(await names(), ["anna", "zoe"]);
    await refusedBy(
      iam.removeUserFromGroup({ GroupName: "no-group", UserName: "nobody-here" }),
      "NoSuchEntityException",
      404,
      "The user with name nobody-here cannot be found.",
    );
    await refusedBy(
      iam.removeUserFromGroup({ GroupName: "no-group", UserName: "mia" }),
      "NoSuchEntityException",
      404,
      "The group with name no-group cannot be found.",
    );
    await refusedBy(
      iam.deleteGroup({ GroupName: "club" }),
      "DeleteConflictException",
      409,
      "Cannot delete entity, must remove users from group first.",
    );
    await refusedBy(
      iam.deleteUser({ UserName: "anna" }),
      "DeleteConflictException",
      409,
      "Cannot delete entity, must remove users from group first.",
    );
  });

  test("a group whose name is like another's has its own users", async () => {
    await iam.createUser({ UserName: "only" });
    for (const GroupName of ["a_b", "aXb", "A_B2"]) await iam.createGroup({ GroupName });
    await iam.addUserToGroup({ GroupName: "aXb", UserName: "only" });
    assert.deepEqual((await iam.getGroup({ GroupName: "a_b" })).Users, []);
    assert.equal((await iam.getGroup({ GroupName: "aXb" })).Users?.length, 1);
  });

  test("membership needs a user and a group that exist", async () => {
    await iam.createUser({ UserName: "lonely" });
    await refusedBy(
      iam.addUserToGroup({ GroupName: "nosuch", UserName: "lonely" }),
      "NoSuchEntityException",
      404,
      "The group with name nosuch cannot be found.",
    );
    await refusedBy(
      iam.addUserToGroup({ GroupName: "admins", UserName: "nosuch" }),
      "NoSuchEntityException",
      404,
      "The user with name nosuch cannot be found.",
    );
  });

  test("a user is in ten groups at most", async () => {
    await iam.createUser({ UserName: "busy" });
    const names = Array.from({ length: 11 }, (_, index) => `g${String(index).padStart(2, "0")}`);
    for (const GroupName of names) await iam.createGroup({ GroupName });
    for (const GroupName of names.slice(0, 10))
      await iam.addUserToGroup({ GroupName, UserName: "busy" });
    await refusedBy(
      iam.addUserToGroup({ GroupName: "g10", UserName: "busy" }),
      "LimitExceededException",
      409,
      "Cannot exceed quota for GroupsPerUser: 10",
    );
    const listed = await inPages(async (page) => {
      const { Groups, IsTruncated, Marker } = await iam.listGroupsForUser({
        UserName: "busy",
        ...page,
      });
      return { entries: Groups?.map((group) => group.GroupName), IsTruncated, Marker };
    }, 3);
    assert.deepEqual(listed, names.slice(0, 10));
  });

  test("a group that is deleted and joined at once is either gone or joined", async () => {
    await iam.createUser({ UserName: "racer" });
    for (let round = 0; round < 10; round++) {
      const GroupName = `race${round}`;
      await iam.createGroup({ GroupName });
      const [joined, deleted] = await Promise.allSettled([
        iam.addUserToGroup({ GroupName, UserName: "racer" }),
        iam.deleteGroup({ GroupName }),
      ]);
      assert.notEqual(joined.status, deleted.status);
      await iam.removeUserFromGroup({ GroupName, UserName: "racer" }).catch(() => undefined);
    }
    assert.deepEqual((await iam.listGroupsForUser({ UserName: "racer" })).Groups, []);
  });

  test("a marker works only where it was given", async () => {
    const { Marker } = await iam.listGroups({ MaxItems: 1 });
    await refusedBy(iam.listUsers({ Marker }), "ValidationError", 400, "Invalid Marker.");
  });
});
