import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { openServer } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { connectIam, newAccessKey, refusedBy, seedWithAdmins } from "./support.ts";

describe("renaming", () => {
  let server: TestServer;
  let iam: IAM;
  before(async () => {
    server = await openServer(seedWithAdmins());
    iam = connectIam(server);
  });

  test("a renamed user keeps id, keys, groups, tags and password, under its new name only", async () => {
    await iam.createUser({ UserName: "old", Tags: [{ Key: "a", Value: "b" }] });
    await iam.addUserToGroup({ GroupName: "admins", UserName: "old" });
    await iam.createLoginProfile({ UserName: "old", Password: "Correct-horse-1" });
    const key = await newAccessKey(iam, "old");
    const { User } = await iam.getUser({ UserName: "old" });
    await iam.updateUser({ UserName: "old", NewUserName: "new", NewPath: "/moved/" });
    await refusedBy(
      iam.getUser({ UserName: "old" }),
      "NoSuchEntityException",
      404,
      "The user with name old cannot be found.",
    );
    const own = connectIam(server, key);
    const { User: renamed } = await own.getUser({});
    assert.deepEqual(renamed, {
      ...User,
      UserName: "new",
      Path: "/moved/",
      Arn: "arn:aws:iam::111122223333:user/moved/new",
    });
    const { Groups = [] } = await iam.listGroupsForUser({ UserName: "new" });
    assert.deepEqual(
      Groups.map((group) => group.GroupName),
      ["admins"],
    );
    await own.changePassword({ OldPassword: "Correct-horse-1", NewPassword: "Correct-horse-2" });
    await server.restart();
    iam = connectIam(server);
    assert.deepEqual((await iam.getUser({ UserName: "new" })).User, renamed);
  });

  test("a user may get its own name in other letters, but not another's", async () => {
    await iam.createUser({ UserName: "Dora" });
    await iam.createUser({ UserName: "Emil" });
    await iam.updateUser({ UserName: "Dora", NewUserName: "dora" });
    assert.equal((await iam.getUser({ UserName: "dora" })).User?.UserName, "dora");
    await refusedBy(
      iam.updateUser({ UserName: "dora", NewUserName: "EMIL" }),
      "EntityAlreadyExistsException",
      409,
      "User with name EMIL already exists.",
    );
  });

  test("a name that was given away and came back holds nothing that was decided before", async () => {
    await iam.createUser({ UserName: "there" });
    await iam.updateUser({ UserName: "there", NewUserName: "back" });
    await iam.updateUser({ UserName: "back", NewUserName: "there" });
    assert.equal((await iam.getUser({ UserName: "there" })).User?.UserName, "there");
    await server.restart();
    iam = connectIam(server);
    assert.equal((await iam.getUser({ UserName: "there" })).User?.UserName, "there");
  });

  test("a new path alone moves the user", async () => {
    await iam.createUser({ UserName: "walker" });
    await iam.updateUser({ UserName: "walker", NewPath: "/far/away/" });
    const { User } = await iam.getUser({ UserName: "walker" });
    assert.equal(User?.Arn, "arn:aws:iam::111122223333:user/far/away/walker");
  });

  test("the permission is needed on the user as it was and as it will be", async () => {
    await iam.createUser({ UserName: "bob", Path: "/bobs/" });
    const server2 = await openServer({
      accounts: [
        {
          id: "111122223333",
          users: [
            {
              name: "admin",
              policies: [
                {
                  name: "OnlyBobs",
                  document: {
                    Version: "2012-10-17",
                    Statement: {
                      Effect: "Allow",
                      Action: ["iam:CreateUser", "iam:UpdateUser"],
                      Resource: "arn:aws:iam::111122223333:user/bobs/*",
                    },
                  },
                },
              ],
              accessKeys: [{ id: "AKIAADMIN0000000TEST", secret: "admin-secret/for+tests" }],
            },
          ],
        },
      ],
    });
    const limited = connectIam(server2);
    await limited.createUser({ UserName: "bob", Path: "/bobs/" });
    await refusedBy(
      limited.updateUser({ UserName: "bob", NewPath: "/" }),
      "AccessDenied",
      403,
      "User: arn:aws:iam::111122223333:user/admin is not authorized to perform: iam:UpdateUser on resource: arn:aws:iam::111122223333:user/bob because no identity-based policy allows the iam:UpdateUser action",
    );
    await limited.updateUser({ UserName: "bob", NewUserName: "robert", NewPath: "/bobs/more/" });
  });

  test("a renamed group keeps its id and its users, who keep what it gives them", async () => {
    await iam.createUser({ UserName: "member" });
    await iam.addUserToGroup({ GroupName: "admins", UserName: "member" });
    const member = connectIam(server, await newAccessKey(iam, "member"));
    const { Group } = await iam.getGroup({ GroupName: "admins" });
    await iam.updateGroup({ GroupName: "admins", NewGroupName: "masters", NewPath: "/top/" });
    const { Group: renamed, Users = [] } = await member.getGroup({ GroupName: "masters" });
    assert.deepEqual(renamed, {
      ...Group,
      GroupName: "masters",
      Path: "/top/",
      Arn: "arn:aws:iam::111122223333:group/top/masters",
    });
    assert.ok(Users.some((user) => user.UserName === "member"));
    await refusedBy(
      iam.getGroup({ GroupName: "admins" }),
      "NoSuchEntityException",
      404,
      "The group with name admins cannot be found.",
    );
    await iam.createGroup({ GroupName: "others" });
    await refusedBy(
      iam.updateGroup({ GroupName: "others", NewGroupName: "Masters" }),
      "EntityAlreadyExistsException",
      409,
      "Group with name Masters already exists.",
    );
  });
});
