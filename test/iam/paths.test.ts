import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { connect, createKey, keyPolicy, openServer, userArn } from "../conformance/support.ts";
import { assume, connectSts, kmsAs, makeRole, trusting } from "../sts/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { connectIam, newAccessKey, policyText, refusedBy } from "./support.ts";

/** All that AWS's model lets into a path and that a policy can name. */
const paths = [
  "///",
  "/a//b/",
  "//a//",
  '/"quoted"/',
  "/a:b::/",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it looks like a policy variable
  "/${aws:username}/",
  "/%41\\u0041/",
  "/user/role/root/",
  "/!#$&'()+,-.;<=>@[]^_`{|}~/",
];

describe("paths of users and roles", () => {
  let server: TestServer;
  let iam: IAM;
  before(async () => {
    server = await openServer();
    iam = connectIam(server);
  });

  /** A user's client, and its ARN. */
  async function newUser(UserName: string, Path: string) {
    const { User } = await iam.createUser({ UserName, Path });
    return { kms: kmsAs(server, await newAccessKey(iam, UserName)), arn: String(User?.Arn) };
  }

  for (const [index, path] of paths.entries())
    test(`who has the path ${path} can be named in policies, assumed and simulated`, async () => {
      const user = await newUser(`user${index}`, path);
      const base = await makeRole(iam, `base${index}`, { trust: trusting(userArn("admin")) });
      const { Role } = await iam.createRole({
        RoleName: `role${index}`,
        Path: path,
        AssumeRolePolicyDocument: trusting([user.arn, userArn("admin")]),
      });
      const arn = String(Role?.Arn);
      assert.equal(arn, `${base.slice(0, base.lastIndexOf("/"))}${path}role${index}`);
      const { id: KeyId } = await createKey(connect(server), {
        Policy: keyPolicy({
          Effect: "Allow",
          Principal: { AWS: [user.arn, arn] },
          Action: "kms:DescribeKey",
        }),
      });
      const { Policy = "" } = await connect(server).getKeyPolicy({ KeyId });
      assert.ok(JSON.parse(Policy).Statement.some(hasPrincipals(user.arn, arn)), Policy);
      const session = kmsAs(server, await assume(connectSts(server), arn));
      for (const kms of [user.kms, session])
        assert.equal((await kms.describeKey({ KeyId })).KeyMetadata?.KeyId, KeyId);
      await iam.updateAssumeRolePolicy({
        RoleName: `base${index}`,
        PolicyDocument: trusting([arn, user.arn]),
      });
      for (const PolicySourceArn of [arn, user.arn]) {
        const { EvaluationResults } = await iam.simulatePrincipalPolicy({
          PolicySourceArn,
          PolicyInputList: [policyText({ Action: "kms:ListKeys" })],
          ActionNames: ["kms:ListKeys"],
        });
        assert.equal(EvaluationResults?.[0]?.EvalDecision, "allowed");
      }
    });

  const hasPrincipals =
    (...arns: readonly string[]) =>
    ({ Principal }: { readonly Principal?: { readonly AWS?: unknown } }) =>
      JSON.stringify(Principal?.AWS) === JSON.stringify(arns);

  test("what is no path, or has a wildcard, is refused for users, groups and roles alike", async () => {
    for (const Path of ["//", "a/", "/a", "/a b/", "/é/", "/\u007f/", "/a*/", "/?/"])
      for (const make of [
        () => iam.createUser({ UserName: "new", Path }),
        () => iam.createGroup({ GroupName: "new", Path }),
        () =>
          iam.createRole({
            RoleName: "new",
            Path,
            AssumeRolePolicyDocument: trusting(userArn("admin")),
          }),
        () => iam.updateUser({ UserName: "encryptor", NewPath: Path }),
      ])
        await refusedBy(
          make(),
          "ValidationError",
          400,
          "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
        );
  });
});
