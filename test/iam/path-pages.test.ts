import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { openServer } from "../conformance/support.ts";
import { trusting } from "../sts/support.ts";
import { account } from "../support/keywright.ts";
import { connectIam, inPages } from "./support.ts";

/** Names whose paths are others by turns, with runs of one path that are longer than a page. */
const names = Array.from({ length: 14 }, (_, index) => `n${String(index).padStart(2, "0")}`);
const pathOf = (index: number): string => (index % 3 === 0 || index > 8 ? "/rare/" : "/usual/");
const rare = names.filter((_, index) => pathOf(index) === "/rare/");

describe("pages under a path", () => {
  let iam: IAM;
  before(async () => {
    iam = connectIam(await openServer());
    const AssumeRolePolicyDocument = trusting(`arn:aws:iam::${account}:root`);
    for (const [index, name] of names.entries()) {
      const Path = pathOf(index);
      await iam.createUser({ UserName: name, Path });
      await iam.createGroup({ GroupName: name, Path });
      await iam.createRole({ RoleName: name, Path, AssumeRolePolicyDocument });
    }
  });

  const listings = {
    ListUsers: async (page: object) => {
      const { Users, ...end } = await iam.listUsers(page);
      return { entries: Users?.map(({ UserName }) => UserName), ...end };
    },
    ListGroups: async (page: object) => {
      const { Groups, ...end } = await iam.listGroups(page);
      return { entries: Groups?.map(({ GroupName }) => GroupName), ...end };
    },
    ListRoles: async (page: object) => {
      const { Roles, ...end } = await iam.listRoles(page);
      return { entries: Roles?.map(({ RoleName }) => RoleName), ...end };
    },
  };

  for (const [operation, list] of Object.entries(listings))
    for (const size of [1, 2, 3, 14, 100])
      test(`${operation} in pages of ${size} gives each name under the path once, in order, and an end`, async () => {
        const under = (PathPrefix: string) => (page: object) => list({ ...page, PathPrefix });
        assert.deepEqual(await inPages(under("/rare/"), size), rare);
        const everything = await inPages(under("/"), size);
        assert.deepEqual(
          everything.filter((each) => names.includes(String(each))),
          names,
        );
        assert.deepEqual(everything, [...everything].toSorted());
        assert.deepEqual(await inPages(under("/nowhere/"), size), []);
      });
});
