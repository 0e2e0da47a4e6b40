import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { openServer, policyOf, seedWith } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { connectIam, refusedBy } from "./support.ts";

const allowWith = (Action: string, Condition: object) => policyOf({ Action, Condition });

describe("conditions on users", () => {
  let server: TestServer;
  let iam: IAM;
  before(async () => {
    server = await openServer(
      seedWith({
        manager: allowWith("iam:*", { StringEquals: { "iam:ResourceTag/team": "a" } }),
        encryptor: allowWith("iam:*", {
          "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] },
          StringEquals: { "aws:RequestTag/team": ["a", "b"] },
        }),
        nobody: allowWith("iam:UntagUser", {
          "ForAllValues:StringEquals": { "aws:TagKeys": ["cost"] },
        }),
      }),
    );
    iam = connectIam(server);
    await iam.createUser({ UserName: "ours", Tags: [{ Key: "team", Value: "a" }] });
    await iam.createUser({ UserName: "theirs", Tags: [{ Key: "team", Value: "b" }] });
  });

  const denied = (call: Promise<unknown>) =>
    refusedBy(call, "AccessDenied", 403, /is not authorized to perform: iam:/);

  test("iam:ResourceTag is a tag of the user that is named", async () => {
    const manager = connectIam(server, "manager");
    await manager.getUser({ UserName: "ours" });
    await denied(manager.getUser({ UserName: "theirs" }));
    await denied(manager.getUser({ UserName: "nosuch" }));
    await manager.updateUser({ UserName: "ours", NewPath: "/x/" });
    await manager.tagUser({ UserName: "ours", Tags: [{ Key: "team", Value: "a" }] });
    await denied(manager.createAccessKey({ UserName: "theirs" }));
  });

  test("aws:RequestTag and aws:TagKeys are the tags of the request", async () => {
    const encryptor = connectIam(server, "encryptor");
    const tag = (Key: string, Value: string) =>
      encryptor.tagUser({ UserName: "theirs", Tags: [{ Key, Value }] });
    await tag("team", "b");
    await denied(tag("team", "c"));
    await denied(tag("other", "a"));
    await encryptor.createUser({ UserName: "made", Tags: [{ Key: "team", Value: "a" }] });
    await denied(encryptor.createUser({ UserName: "made2", Tags: [{ Key: "x", Value: "a" }] }));
  });

  test("aws:TagKeys are the keys to be removed", async () => {
    const nobody = connectIam(server, "nobody");
    await nobody.untagUser({ UserName: "ours", TagKeys: ["cost"] });
    await denied(nobody.untagUser({ UserName: "ours", TagKeys: ["cost", "team"] }));
  });
});
