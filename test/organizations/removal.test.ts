import * as assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { dataFolder } from "../../src/composition/data-folder.ts";
import { openServer, refused } from "../conformance/support.ts";
import { kmsAs } from "../sts/support.ts";
import { connectOrganizations, enter, newAccount, newPolicy } from "./support.ts";

test("who removes an account's membership from the database frees it from nothing", async () => {
  const server = await openServer();
  const organizations = connectOrganizations(server);
  await organizations.createOrganization({});
  const id = await newAccount(organizations);
  const [known, fresh] = [await enter(server, id), await enter(server, id)];
  const PolicyId = await newPolicy(organizations, {
    Effect: "Deny",
    Action: "kms:ListKeys",
    Resource: "*",
  });
  await organizations.attachPolicy({ PolicyId, TargetId: id });
  const denied = /explicit deny in a service control policy/;
  await refused(kmsAs(server, known).listKeys({}), "AccessDeniedException", denied);

  const database = new DatabaseSync(dataFolder(server.config).database);
  const remove = "DELETE FROM organization_memberships WHERE account_id = ?";
  assert.equal(Number(database.prepare(remove).run(id).changes), 1);
  database.close();
  await refused(kmsAs(server, known).listKeys({}), "AccessDeniedException", denied);
  await assert.rejects(kmsAs(server, fresh).listKeys({}), { name: "KMSInternalException" });
  await assert.rejects(server.restart(), /database/);
});
