import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { openServer } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { account } from "../support/keywright.ts";
import { allowing, decoded, trusting } from "./policies-support.ts";
import { connectIam, inPages, refusedBy, seedWithAdmins } from "./support.ts";

interface Named {
  readonly PolicyName: string;
}
interface Put extends Named {
  readonly PolicyDocument: string;
}

/** The operations on the inline policies of one kind of entity. */
function operationsOf(iam: IAM) {
  const user = { UserName: "nobody" };
  const group = { GroupName: "admins" };
  const role = { RoleName: "role" };
  return {
    user: {
      put: (input: Put) => iam.putUserPolicy({ ...user, ...input }),
      get: (input: Named) => iam.getUserPolicy({ ...user, ...input }),
      remove: (input: Named) => iam.deleteUserPolicy({ ...user, ...input }),
      list: (input: object) => iam.listUserPolicies({ ...user, ...input }),
      owner: user,
      most: 2_048,
    },
    group: {
      put: (input: Put) => iam.putGroupPolicy({ ...group, ...input }),
      get: (input: Named) => iam.getGroupPolicy({ ...group, ...input }),
      remove: (input: Named) => iam.deleteGroupPolicy({ ...group, ...input }),
      list: (input: object) => iam.listGroupPolicies({ ...group, ...input }),
      owner: group,
      most: 5_120,
    },
    role: {
      put: (input: Put) => iam.putRolePolicy({ ...role, ...input }),
      get: (input: Named) => iam.getRolePolicy({ ...role, ...input }),
      remove: (input: Named) => iam.deleteRolePolicy({ ...role, ...input }),
      list: (input: object) => iam.listRolePolicies({ ...role, ...input }),
      owner: role,
      most: 10_240,
    },
  };
}

/** A policy of exactly so many characters. */
function ofLength(characters: number): string {
  const document = (sid: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: { Sid: sid, Effect: "Allow", Action: "kms:ListKeys", Resource: "*" },
    });
  return document("x".repeat(characters - document("").length));
}

for (const kind of ["user", "group", "role"] as const)
  describe(`inline policies of a ${kind}`, () => {
    let server: TestServer;
    const use = () => operationsOf(connectIam(server))[kind];
    before(async () => {
      server = await openServer(seedWithAdmins());
      await connectIam(server).createRole({
        RoleName: "role",
        AssumeRolePolicyDocument: trusting({ AWS: account }),
      });
    });

    test("a policy comes back as it was put, character by character", async () => {
      const PolicyDocument = `\n ${allowing("kms:ListKeys")} `;
      await use().put({ PolicyName: "one", PolicyDocument });
      const {
        PolicyName,
        PolicyDocument: document,
        $metadata: _,
        ...owner
      } = await use().get({
        PolicyName: "one",
      });
      assert.equal(PolicyName, "one");
      assert.deepEqual(owner, use().owner);
      assert.equal(decodeURIComponent(String(document)), PolicyDocument);
      assert.match(String(document), /^[\w.~%-]+$/);
    });

    test("a policy of the same name replaces it", async () => {
      await use().put({ PolicyName: "two", PolicyDocument: allowing("kms:ListKeys") });
      await use().put({ PolicyName: "two", PolicyDocument: allowing("kms:ListAliases") });
      const { PolicyDocument } = await use().get({ PolicyName: "two" });
      assert.deepEqual(decoded(PolicyDocument), JSON.parse(allowing("kms:ListAliases")));
    });

    test("names are listed in pages, and a deleted policy is gone", async () => {
      for (const name of ["d", "b", "c"])
        await use().put({ PolicyName: name, PolicyDocument: allowing("kms:ListKeys") });
      await use().remove({ PolicyName: "one" });
      await use().remove({ PolicyName: "two" });
      const list = async (page: { Marker?: string; MaxItems: number }) => {
        const { PolicyNames: entries, ...end } = await use().list(page);
        return { entries, ...end };
      };
      assert.deepEqual(await inPages(list, 2), ["b", "c", "d"]);
      for (const call of [
        () => use().get({ PolicyName: "one" }),
        () => use().remove({ PolicyName: "one" }),
      ])
        await refusedBy(
          call(),
          "NoSuchEntityException",
          404,
          `The ${kind} policy with name one cannot be found.`,
        );
    });

    test("what is no identity policy is malformed, whatever its name", async () => {
      for (const PolicyDocument of [
        "{}",
        trusting({ AWS: account }),
        allowing("kms:ListKeys").replace("Resource", "Resources"),
      ])
        await refusedBy(
          use().put({ PolicyName: "bad", PolicyDocument }),
          "MalformedPolicyDocumentException",
          400,
          /./,
        );
      await refusedBy(
        use().put({ PolicyName: "a/b", PolicyDocument: allowing("kms:ListKeys") }),
        "ValidationError",
        400,
        /policyName is invalid/,
      );
      await refusedBy(use().get({ PolicyName: "__proto__" }), "NoSuchEntityException", 404, /./);
    });

    test("all together have a quota, white space not counted", async () => {
      for (const name of ["b", "c", "d"]) await use().remove({ PolicyName: name });
      const { most } = use();
      await use().put({
        PolicyName: "one",
        PolicyDocument: `${ofLength(200)}${" ".repeat(3_000)}`,
      });
      await use().put({ PolicyName: "rest", PolicyDocument: ofLength(most - 200) });
      await refusedBy(
        use().put({ PolicyName: "one", PolicyDocument: ofLength(201) }),
        "LimitExceededException",
        409,
        new RegExp(`^Maximum policy size of ${most} bytes exceeded for ${kind} \\w+$`),
      );
    });
  });
