import * as assert from "node:assert/strict";
import { before, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { openServer, userArn } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { connectIam, policyText, refusedBy } from "./support.ts";

let server: TestServer;
before(async () => {
  server = await openServer();
  const iam = connectIam(server);
  await iam.createUser({ UserName: "bob" });
  const Principal = { AWS: userArn("admin") };
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Principal, Action: "sts:AssumeRole" },
  });
  await iam.createRole({ RoleName: "app", AssumeRolePolicyDocument });
});

const of = { UserName: "bob" };
/** What tools ask for before they delete a user or a role; the second is a name that nobody has. */
const ofEntities: Readonly<Record<string, (iam: IAM, named: boolean) => Promise<object>>> = {
  ListMFADevices: (iam, named) => iam.listMFADevices(named ? of : { UserName: "eve" }),
  ListSSHPublicKeys: (iam, named) => iam.listSSHPublicKeys(named ? of : { UserName: "eve" }),
  ListSigningCertificates: (iam, named) =>
    iam.listSigningCertificates(named ? of : { UserName: "eve" }),
  ListServiceSpecificCredentials: (iam, named) =>
    iam.listServiceSpecificCredentials(named ? of : { UserName: "eve" }),
  ListInstanceProfilesForRole: (iam, named) =>
    iam.listInstanceProfilesForRole({ RoleName: named ? "app" : "eve" }),
};
const ofAccounts: Readonly<Record<string, (iam: IAM) => Promise<object>>> = {
  ListInstanceProfiles: (iam) => iam.listInstanceProfiles({}),
  ListVirtualMFADevices: (iam) => iam.listVirtualMFADevices({ AssignmentStatus: "Any" }),
};

async function isEmpty(call: Promise<object>): Promise<void> {
  const { $metadata: _, IsTruncated, ...lists } = (await call) as Record<string, unknown>;
  assert.equal(IsTruncated, false);
  assert.deepEqual(Object.values(lists), [[]]);
}

for (const [name, call] of Object.entries(ofEntities))
  test(`${name} is empty for who exists, and refused for others`, async () => {
    await isEmpty(call(connectIam(server), true));
    await refusedBy(
      call(connectIam(server), false),
      "NoSuchEntityException",
      404,
      /^The (user|role) with name eve cannot be found\.$/,
    );
  });

for (const [name, call] of Object.entries(ofAccounts))
  test(`${name} is empty`, () => isEmpty(call(connectIam(server))));

test("whoever has no permission is told nothing, not even that there is none", async () => {
  for (const [name, call] of Object.entries({ ...ofEntities, ...ofAccounts }))
    await refusedBy(
      call(connectIam(server, "nobody"), true),
      "AccessDenied",
      403,
      new RegExp(`is not authorized to perform: iam:${name} on resource: `),
    );
  const PolicyDocument = policyText({ Action: "iam:ListMFADevices" });
  await connectIam(server).putUserPolicy({
    UserName: "nobody",
    PolicyName: "own",
    PolicyDocument,
  });
  await isEmpty(connectIam(server, "nobody").listMFADevices({}));
});

test("a marker that nobody gave out is refused", () =>
  refusedBy(
    connectIam(server).listMFADevices({ UserName: "bob", Marker: "x" }),
    "ValidationError",
    400,
    "Invalid Marker.",
  ));
