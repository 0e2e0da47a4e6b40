import type { Accounts, NewAccount } from "../../api/accounts.ts";
import { iamArn } from "../../base/arn.ts";
import type { Ids } from "../../crypto/random.ts";
import { joinChanges } from "../../database/commit.ts";
import type { Role, User } from "./model/identity.ts";
import { usualSession } from "./roles.ts";
import { insertEntity } from "./tables/changes.ts";
import type { IdentityTables } from "./tables/identities.ts";

/** Keeps the accounts of organizations: a new one has its root user, without credentials, and one role. */
export function accountsFrom(tables: IdentityTables, ids: Ids): Accounts {
  return {
    nameOf: async (account) => (await tables.findAccount(account))?.name,
    async create(wanted) {
      const { account, name, createdAt } = wanted;
      const { domain, change } = await tables.insertAccount({
        account,
        name,
        createdAt,
        version: 1,
      });
      return joinChanges([
        change,
        insertEntity("user", rootUser(wanted, ids), domain),
        insertEntity("role", administratorRole(wanted, ids), domain),
      ]);
    },
  };
}

function rootUser({ account, createdAt }: NewAccount, ids: Ids): User {
  return {
    account,
    name: "",
    path: "/",
    userId: account,
    createdAt,
    groups: [],
    managedPolicies: [],
    inlinePolicies: {},
    tags: {},
    accessKeys: [],
    version: ids.version(),
  };
}

function administratorRole({ account, createdAt, role }: NewAccount, ids: Ids): Role {
  const trust = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: iamArn(role.trusts, "root") },
        Action: "sts:AssumeRole",
      },
    ],
  };
  return {
    account,
    name: role.name,
    path: "/",
    roleId: ids.unique("AROA"),
    createdAt,
    trustPolicy: JSON.stringify(trust),
    description: "",
    maxSessionDuration: usualSession,
    managedPolicies: [iamArn("aws", "policy/AdministratorAccess")],
    inlinePolicies: {},
    tags: {},
    version: ids.version(),
  };
}
