import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { auditOf, openServer } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { connectIam, newAccessKey, refusedBy, seedWithAdmins } from "./support.ts";

const violation = "PasswordPolicyViolationException";

describe("login profiles", () => {
  let server: TestServer;
  let iam: IAM;
  before(async () => {
    server = await openServer(seedWithAdmins());
    iam = connectIam(server);
  });

  const newUser = async (UserName: string): Promise<IAM> => {
    await iam.createUser({ UserName });
    await iam.addUserToGroup({ GroupName: "admins", UserName });
    return connectIam(server, await newAccessKey(iam, UserName));
  };

  test("a login profile comes back as it was created, and is gone when it is deleted", async () => {
    await newUser("alice");
    const missing = "Login Profile for User alice cannot be found.";
    await refusedBy(
      iam.getLoginProfile({ UserName: "alice" }),
      "NoSuchEntityException",
      404,
      missing,
    );
    const { LoginProfile } = await iam.createLoginProfile({
      UserName: "alice",
      Password: "Correct-horse-1",
      PasswordResetRequired: true,
    });
    assert.equal(LoginProfile?.PasswordResetRequired, true);
    assert.deepEqual((await iam.getLoginProfile({ UserName: "alice" })).LoginProfile, LoginProfile);
    await refusedBy(
      iam.createLoginProfile({ UserName: "alice", Password: "Correct-horse-2" }),
      "EntityAlreadyExistsException",
      409,
      "Login Profile for user alice already exists.",
    );
    await server.restart();
    iam = connectIam(server);
    assert.deepEqual((await iam.getLoginProfile({ UserName: "alice" })).LoginProfile, LoginProfile);
    await iam.deleteLoginProfile({ UserName: "alice" });
    for (const call of [
      () => iam.getLoginProfile({ UserName: "alice" }),
      () => iam.deleteLoginProfile({ UserName: "alice" }),
      () => iam.updateLoginProfile({ UserName: "alice", Password: "Correct-horse-1" }),
    ])
      await refusedBy(call(), "NoSuchEntityException", 404, missing);
  });

  test("only who knows the old password can change it", async () => {
    const bob = await newUser("bob");
    await refusedBy(
      bob.changePassword({ OldPassword: "any", NewPassword: "Correct-horse-2" }),
      "NoSuchEntityException",
      404,
      "Login Profile for User bob cannot be found.",
    );
    await iam.createLoginProfile({
      UserName: "bob",
      Password: "Correct-horse-1",
      PasswordResetRequired: true,
    });
    const wrong = (OldPassword: string) =>
      refusedBy(
        bob.changePassword({ OldPassword, NewPassword: "Correct-horse-9" }),
        "AccessDenied",
        403,
        "The old password was incorrect.",
      );
    await wrong("correct-horse-1");
    await wrong("Correct-horse-9");
    await bob.changePassword({ OldPassword: "Correct-horse-1", NewPassword: "Correct-horse-2" });
    const { LoginProfile } = await iam.getLoginProfile({ UserName: "bob" });
    assert.equal(LoginProfile?.PasswordResetRequired, false);
    await wrong("Correct-horse-1");
    await iam.updateLoginProfile({ UserName: "bob", Password: "Correct-horse-3" });
    await wrong("Correct-horse-2");
    await bob.changePassword({ OldPassword: "Correct-horse-3", NewPassword: "Correct-horse-4" });
  });

  test("the root user has no password of this kind to change", async () => {
    await refusedBy(
      connectIam(server, "root").changePassword({
        OldPassword: "x",
        NewPassword: "Correct-horse-2",
      }),
      "InvalidUserTypeException",
      400,
      "Only IAM Users can change their own password.",
    );
  });

  test("no password is in the audit trail", async () => {
    await newUser("quiet");
    await iam.createLoginProfile({ UserName: "quiet", Password: "Canary-horse-1" });
    await iam.updateLoginProfile({ UserName: "quiet", Password: "Canary-horse-2" });
    for (const name of ["CreateLoginProfile", "UpdateLoginProfile", "ChangePassword"]) {
      const records = JSON.stringify(await auditOf(server, name));
      assert.ok(records.length > 2, name);
      assert.equal(/canary-horse|correct-horse/i.test(records), false, name);
    }
  });

  test("a user with a login profile is not deleted", async () => {
    await iam.createUser({ UserName: "kept" });
    await iam.createLoginProfile({ UserName: "kept", Password: "Correct-horse-1" });
    await refusedBy(
      iam.deleteUser({ UserName: "kept" }),
      "DeleteConflictException",
      409,
      "Cannot delete entity, must delete login profile first.",
    );
  });
});

describe("the password policy of an account", () => {
  let server: TestServer;
  let iam: IAM;
  before(async () => {
    server = await openServer(seedWithAdmins());
    iam = connectIam(server);
    await iam.createUser({ UserName: "alice" });
    await iam.createLoginProfile({ UserName: "alice", Password: "Correct-horse-1" });
  });

  const set = (Password: string) => iam.updateLoginProfile({ UserName: "alice", Password });

  test("without one, AWS's default holds", async () => {
    await refusedBy(
      iam.getAccountPasswordPolicy({}),
      "NoSuchEntityException",
      404,
      "The Password Policy with domain name 111122223333 cannot be found.",
    );
    await refusedBy(
      iam.deleteAccountPasswordPolicy({}),
      "NoSuchEntityException",
      404,
      "The account policy with name PasswordPolicy cannot be found.",
    );
    await refusedBy(set("Short-1"), violation, 400, "Password should have a minimum length of 8");
    await refusedBy(set("onlyletters"), violation, 400, /at least three of/);
    await refusedBy(set("letters-only"), violation, 400, /at least three of/);
    await set("letters-and-1");
  });

  test("comes back as it was set; what is left out goes back to its default", async () => {
    await iam.updateAccountPasswordPolicy({
      MinimumPasswordLength: 12,
      RequireSymbols: true,
      MaxPasswordAge: 90,
    });
    assert.deepEqual((await iam.getAccountPasswordPolicy({})).PasswordPolicy, {
      MinimumPasswordLength: 12,
      RequireSymbols: true,
      RequireNumbers: false,
      RequireUppercaseCharacters: false,
      RequireLowercaseCharacters: false,
      AllowUsersToChangePassword: false,
      ExpirePasswords: true,
      MaxPasswordAge: 90,
    });
    await iam.updateAccountPasswordPolicy({ RequireNumbers: true });
    await server.restart();
    iam = connectIam(server);
    const { PasswordPolicy } = await iam.getAccountPasswordPolicy({});
    assert.equal(PasswordPolicy?.MinimumPasswordLength, 6);
    assert.equal(PasswordPolicy.RequireSymbols, false);
    assert.equal(PasswordPolicy.RequireNumbers, true);
    assert.equal(PasswordPolicy.ExpirePasswords, false);
  });

  test("is demanded of every new password", async () => {
    await iam.updateAccountPasswordPolicy({
      MinimumPasswordLength: 10,
      RequireSymbols: true,
      RequireNumbers: true,
      RequireUppercaseCharacters: true,
      RequireLowercaseCharacters: true,
    });
    for (const [password, text] of [
      ["Abc-12345", "Password should have a minimum length of 10"],
      ["abc-1234567", "Password should have at least one uppercase letter"],
      ["ABC-1234567", "Password should have at least one lowercase letter"],
      ["Abc-defghij", "Password should have at least one number"],
      ["Abc12345678", "Password should have at least one symbol"],
    ] as const)
      await refusedBy(set(password), violation, 400, text);
    await set("Abc-1234567");
    await iam.deleteAccountPasswordPolicy({});
    await set("abc-1234567");
  });

  test("forbids the last passwords, as many as it says", async () => {
    await iam.updateAccountPasswordPolicy({ PasswordReusePrevention: 2 });
    for (const password of ["first-1", "second-2", "third-3"]) await set(password);
    const refusal =
      "Policy constraint violation with password reuse prevention during password change.";
    await refusedBy(set("third-3"), violation, 400, refusal);
    await refusedBy(set("second-2"), violation, 400, refusal);
    await set("first-1");
  });

  test("holds for one account only", async () => {
    await refusedBy(
      connectIam(server, "other").getAccountPasswordPolicy({}),
      "NoSuchEntityException",
      404,
      "The Password Policy with domain name 444455556666 cannot be found.",
    );
  });

  test("has bounds", async () => {
    await refusedBy(
      iam.updateAccountPasswordPolicy({
        MinimumPasswordLength: 5,
        MaxPasswordAge: 1096,
        PasswordReusePrevention: 25,
      }),
      "ValidationError",
      400,
      "3 validation errors detected: Value at 'minimumPasswordLength' failed to satisfy constraint: Member must have value greater than or equal to 6; Value at 'passwordReusePrevention' failed to satisfy constraint: Member must have value less than or equal to 24; Value at 'maxPasswordAge' failed to satisfy constraint: Member must have value less than or equal to 1095",
    );
  });
});
