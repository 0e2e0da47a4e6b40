import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { Organizations } from "@aws-sdk/client-organizations";
import { explainDecision } from "../../src/composition/explain.ts";
import { askNobody } from "../../src/composition/root-sources.ts";
import {
  account,
  connect,
  createKey,
  openServer,
  otherAccount,
  refused,
  rootArn,
  userArn,
} from "../conformance/support.ts";
import { connectIam, newAccessKey } from "../iam/support.ts";
import { administrator, connectSts, kmsAs } from "../sts/support.ts";
import type { TestServer } from "../support/keywright.ts";
import type { ClientCredentials } from "../support/sdk.ts";
import { connectOrganizations, enter, newAccount, newPolicy, rootOf } from "./support.ts";

const denyDeletion = { Effect: "Deny", Action: "kms:ScheduleKeyDeletion", Resource: "*" };
const explicit = (policy: string) =>
  new RegExp(
    `^User: \\S+ is not authorized to perform: kms:\\S+ on resource: \\S+ with an explicit deny in a service control policy: \\S+/service_control_policy/${policy}$`,
  );
const noAllow =
  /^User: \S+ is not authorized to perform: kms:\S+ on resource: \S+ because no service control policy allows the kms:\S+ action$/;
const denied = (call: Promise<unknown>, message: RegExp): Promise<void> =>
  refused(call, "AccessDeniedException", message);

describe("a service control policy", () => {
  let server: TestServer;
  let organizations: Organizations;
  let root: string;
  /** A new member account with its administrators: the role, a user, and the root user. */
  const member = async () => {
    const id = await newAccount(organizations);
    const role = await enter(server, id);
    const iam = connectIam(server, role);
    await iam.createUser({ UserName: "admin" });
    await iam.attachUserPolicy({ UserName: "admin", PolicyArn: administrator });
    const user = await newAccessKey(iam, "admin");
    const { id: key } = await createKey(kmsAs(server, role));
    return { id, role, user, iam, key };
  };
  const deletes = (who: ClientCredentials, KeyId: string): Promise<unknown> =>
    kmsAs(server, who).scheduleKeyDeletion({ KeyId });
  const restores = (who: ClientCredentials, KeyId: string): Promise<unknown> =>
    kmsAs(server, who).cancelKeyDeletion({ KeyId });

  before(async () => {
    server = await openServer();
    organizations = connectOrganizations(server);
    await organizations.createOrganization({});
    root = await rootOf(organizations);
  });

  test("denies the administrators of a member account from the next request on, until it is detached", async () => {
    const { id, role, user, key } = await member();
    const PolicyId = await newPolicy(organizations, denyDeletion);
    await deletes(user, key);
    await restores(user, key);
    await organizations.attachPolicy({ PolicyId, TargetId: id });
    await denied(deletes(user, key), explicit(PolicyId));
    await denied(deletes(role, key), explicit(PolicyId));
    await organizations.detachPolicy({ PolicyId, TargetId: id });
    await deletes(role, key);
    await restores(user, key);
  });

  test("on the root limits every member account, and not the managing one", async () => {
    const one = await member();
    const two = await member();
    const own: KMS = connect(server);
    const { id: ownKey } = await createKey(own);
    const PolicyId = await newPolicy(organizations, denyDeletion);
    await organizations.attachPolicy({ PolicyId, TargetId: root });
    await denied(deletes(one.user, one.key), explicit(PolicyId));
    await denied(deletes(two.role, two.key), explicit(PolicyId));
    await own.scheduleKeyDeletion({ KeyId: ownKey });
    await organizations.detachPolicy({ PolicyId, TargetId: root });
    await deletes(one.user, one.key);
  });

  test("limits a user with a path such as the roles of services have", async () => {
    const { id, iam, user, key } = await member();
    await iam.updateUser({ UserName: "admin", NewPath: "/aws-service-role/kms.amazonaws.com/" });
    const PolicyId = await newPolicy(organizations, denyDeletion);
    await organizations.attachPolicy({ PolicyId, TargetId: id });
    await denied(deletes(user, key), explicit(PolicyId));
  });

  test("that is changed counts changed for the next request", async () => {
    const { id, user, key } = await member();
    const PolicyId = await newPolicy(organizations, { ...denyDeletion, Action: "kms:DisableKey" });
    await organizations.attachPolicy({ PolicyId, TargetId: id });
    await deletes(user, key);
    await restores(user, key);
    await organizations.updatePolicy({
      PolicyId,
      Content: JSON.stringify({ Version: "2012-10-17", Statement: [denyDeletion] }),
    });
    await denied(deletes(user, key), explicit(PolicyId));
    await organizations.detachPolicy({ PolicyId, TargetId: id });
  });

  test("must allow at every level what a policy of the account allows", async () => {
    const { id, user, key } = await member();
    const FullAccess = "p-FullAWSAccess";
    const listOnly = await newPolicy(organizations, {
      Effect: "Allow",
      Action: ["kms:List*", "iam:*"],
      Resource: "*",
    });
    await organizations.attachPolicy({ PolicyId: listOnly, TargetId: id });
    await organizations.detachPolicy({ PolicyId: FullAccess, TargetId: id });
    await kmsAs(server, user).listKeys({});
    await denied(deletes(user, key), noAllow);
    await organizations.attachPolicy({ PolicyId: FullAccess, TargetId: id });
    await deletes(user, key);
    await restores(user, key);

    await organizations.attachPolicy({ PolicyId: listOnly, TargetId: root });
    await organizations.detachPolicy({ PolicyId: FullAccess, TargetId: root });
    await denied(deletes(user, key), noAllow);
    await organizations.attachPolicy({ PolicyId: FullAccess, TargetId: root });
    await deletes(user, key);
  });

  test("limits what the key policies of other accounts allow", async () => {
    const { id, user, iam } = await member();
    const kms = connect(server);
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { AWS: userArn("admin") }, Action: "kms:*", Resource: "*" },
        { Effect: "Allow", Principal: { AWS: id }, Action: "kms:Encrypt", Resource: "*" },
      ],
    });
    const { arn } = await createKey(kms, { Policy });
    const encrypts = () =>
      kmsAs(server, user).encrypt({ KeyId: arn, Plaintext: Buffer.from("text") });
    await encrypts();
    const PolicyId = await newPolicy(organizations, { ...denyDeletion, Action: "kms:Encrypt" });
    await organizations.attachPolicy({ PolicyId, TargetId: id });
    await denied(encrypts(), explicit(PolicyId));
    const { User } = await iam.getUser({ UserName: "admin" });
    assert.equal(User?.Arn, userArn("admin", id));
  });

  test("denies the root user of a member account", async () => {
    const { id } = await member();
    const asked = (principal: string) =>
      explainDecision(
        server.config,
        {
          principal,
          action: "kms:ListKeys",
          resource: "*",
          region: "us-east-1",
          sessionPolicy: undefined,
          encryptionContext: {},
          conditions: {},
        },
        { ask: askNobody },
      );
    assert.equal((await asked(rootArn(id))).decision, "allow");
    const PolicyId = await newPolicy(organizations, { ...denyDeletion, Action: "kms:ListKeys" });
    await organizations.attachPolicy({ PolicyId, TargetId: root });
    const { decision, because } = await asked(rootArn(id));
    assert.equal(decision, "deny");
    assert.match(because.join("\n"), /with an explicit deny in a service control policy$/);
    assert.equal((await asked(rootArn())).decision, "allow");
    await connect(server, "root").listKeys({});
    await organizations.detachPolicy({ PolicyId, TargetId: root });
  });

  test("limits other services", async () => {
    const { id, iam } = await member();
    const PolicyId = await newPolicy(organizations, {
      ...denyDeletion,
      Action: "iam:CreateUser",
    });
    await organizations.attachPolicy({ PolicyId, TargetId: id });
    await assert.rejects(
      iam.createUser({ UserName: "another" }),
      /with an explicit deny in a service control policy: arn:aws:organizations::/,
    );
  });

  test("does not limit anybody while its type is disabled", async () => {
    const { id, user, key } = await member();
    const PolicyId = await newPolicy(organizations, denyDeletion);
    await organizations.attachPolicy({ PolicyId, TargetId: id });
    await denied(deletes(user, key), explicit(PolicyId));
    const PolicyType = "SERVICE_CONTROL_POLICY";
    await organizations.disablePolicyType({ RootId: root, PolicyType });
    await deletes(user, key);
    await restores(user, key);
    await organizations.enablePolicyType({ RootId: root, PolicyType });
    await deletes(user, key);
    await restores(user, key);
    await organizations.attachPolicy({ PolicyId, TargetId: id });
    await denied(deletes(user, key), explicit(PolicyId));
  });

  test("limits as before after a restart", async () => {
    const { id, user, key } = await member();
    const PolicyId = await newPolicy(organizations, denyDeletion);
    await organizations.attachPolicy({ PolicyId, TargetId: id });
    await server.restart();
    organizations = connectOrganizations(server);
    await denied(deletes(user, key), explicit(PolicyId));
  });

  test("of which condition keys tell the organization applies to its members only", async () => {
    const { Organization } = await organizations.describeOrganization({});
    const { role } = await member();
    const kms = connect(server);
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { AWS: userArn("admin") }, Action: "kms:*", Resource: "*" },
        {
          Effect: "Allow",
          Principal: "*",
          Action: "kms:Encrypt",
          Resource: "*",
          Condition: {
            StringEquals: { "aws:PrincipalOrgID": Organization?.Id },
            "ForAnyValue:StringLike": {
              "aws:PrincipalOrgPaths": [`${Organization?.Id}/${root}/*`],
            },
          },
        },
      ],
    });
    const { arn } = await createKey(kms, { Policy });
    const encrypt = { KeyId: arn, Plaintext: Buffer.from("text") };
    await kmsAs(server, role).encrypt(encrypt);
    await denied(kmsAs(server, "other").encrypt(encrypt), /no resource-based policy allows/);
  });

  test("is not needed to tell resources of the organization from others", async () => {
    const { Organization } = await organizations.describeOrganization({});
    const { role } = await member();
    const iam = connectIam(server);
    await iam.putUserPolicy({
      UserName: "encryptor",
      PolicyName: "perimeter",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: "kms:Encrypt", Resource: "*" },
          {
            Effect: "Deny",
            Action: "*",
            Resource: "*",
            Condition: { StringNotEquals: { "aws:ResourceOrgID": Organization?.Id } },
          },
        ],
      }),
    });
    const open = (owner: string) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { AWS: owner }, Action: "kms:*", Resource: "*" },
          {
            Effect: "Allow",
            Principal: { AWS: userArn("encryptor") },
            Action: "kms:Encrypt",
            Resource: "*",
          },
        ],
      });
    const encrypts = async (owner: KMS, ownerId: string) => {
      const { arn } = await createKey(owner, { Policy: open(ownerId) });
      return connect(server, "encryptor").encrypt({ KeyId: arn, Plaintext: Buffer.from("text") });
    };
    const sts = connectSts(server, role);
    const { Account: memberId = "" } = await sts.getCallerIdentity({});
    await encrypts(connect(server), account);
    await encrypts(kmsAs(server, role), memberId);
    await denied(
      encrypts(connect(server, "other"), otherAccount),
      /with an explicit deny in an identity-based policy$/,
    );
  });
});
