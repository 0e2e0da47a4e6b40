import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { connect, openServer } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { connectIam, newAccessKey, refusedBy, seedWithAdmins } from "./support.ts";

describe("what is taken away is gone for the next call", () => {
  let server: TestServer;
  let iam: IAM;
  before(async () => {
    server = await openServer(seedWithAdmins());
    iam = connectIam(server);
  });

  const newAdmin = async (UserName: string) => {
    await iam.createUser({ UserName });
    await iam.addUserToGroup({ GroupName: "admins", UserName });
    return newAccessKey(iam, UserName);
  };

  test("membership of a group, round after round", async () => {
    const key = await newAdmin("alice");
    const kms = connect(server, key);
    for (let round = 0; round < 20; round++) {
      await kms.listKeys({});
      await iam.removeUserFromGroup({ GroupName: "admins", UserName: "alice" });
      await assert.rejects(kms.listKeys({}), { name: "AccessDeniedException" });
      await iam.addUserToGroup({ GroupName: "admins", UserName: "alice" });
    }
  });

  test("an access key, while it is in use", async () => {
    const key = await newAdmin("bob");
    const kms = connect(server, key);
    for (let round = 0; round < 10; round++) {
      const busy = Array.from({ length: 8 }, () => kms.listKeys({}).catch(() => undefined));
      await iam.updateAccessKey({
        UserName: "bob",
        AccessKeyId: key.accessKeyId,
        Status: "Inactive",
      });
      await assert.rejects(kms.listKeys({}), { name: "UnrecognizedClientException" });
      await Promise.all(busy);
      await iam.updateAccessKey({
        UserName: "bob",
        AccessKeyId: key.accessKeyId,
        Status: "Active",
      });
      await kms.listKeys({});
    }
  });

  test("a user that is deleted, and what comes after it has nothing of it", async () => {
    const key = await newAdmin("carol");
    const carol = connectIam(server, key);
    await carol.getUser({});
    await iam.removeUserFromGroup({ GroupName: "admins", UserName: "carol" });
    await iam.deleteAccessKey({ UserName: "carol", AccessKeyId: key.accessKeyId });
    await iam.deleteUser({ UserName: "carol" });
    await refusedBy(
      carol.getUser({}),
      "InvalidClientTokenId",
      403,
      "The security token included in the request is invalid.",
    );
    await iam.createUser({ UserName: "carol" });
    const second = await newAccessKey(iam, "carol");
    await assert.rejects(connect(server, second).listKeys({}), { name: "AccessDeniedException" });
  });

  test("what the boundary does not allow, nobody's policies do", async () => {
    await iam.createUser({
      UserName: "bounded",
      PermissionsBoundary: "arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser",
    });
    await iam.addUserToGroup({ GroupName: "admins", UserName: "bounded" });
    const key = await newAccessKey(iam, "bounded");
    await connect(server, key).listKeys({});
    await refusedBy(
      connectIam(server, key).createUser({ UserName: "escape" }),
      "AccessDenied",
      403,
      "User: arn:aws:iam::111122223333:user/bounded is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::111122223333:user/escape because no permissions boundary allows the iam:CreateUser action",
    );
    await iam.removeUserFromGroup({ GroupName: "admins", UserName: "bounded" });
    await assert.rejects(connect(server, key).listKeys({}), { name: "AccessDeniedException" });
  });
});
