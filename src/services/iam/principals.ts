import type { Principals } from "../../api/principals.ts";
import { isUniqueId } from "../../authorization/principal-element.ts";
import { iamArn, parseArn } from "../../base/arn.ts";
import type { Role, User } from "./model/identity.ts";
import { entityArn, uniqueIdOf } from "./model/identity.ts";
import type { IdentityTables } from "./tables/identities.ts";

/** Answers which principals exist, for the services whose documents name them. */
export function principalsFrom(tables: IdentityTables): Principals {
  return {
    async resolve(principal) {
      if (isUniqueId(principal))
        return (await findById(principal, tables)) === undefined ? undefined : principal;
      const account = accountOf(principal);
      if (account !== undefined)
        return (await tables.findAccount(account)) && iamArn(account, "root");
      return (
        (await idOfSession(principal, tables)) ??
        (await federated(principal, tables)) ??
        (await idOfEntity(principal, tables))
      );
    },
    async display(id) {
      const found = await findById(id, tables);
      if (found === undefined) return undefined;
      const [, session] = id.split(":");
      if (session === undefined) return entityArn("userId" in found ? "user" : "role", found);
      return `arn:aws:sts::${found.account}:assumed-role/${found.name}/${session}`;
    },
  };
}

/** The user or role of an ARN, path included. */
export async function findPrincipal(
  principal: string,
  tables: IdentityTables,
): Promise<User | Role | undefined> {
  const arn = parseArn(principal);
  const [, kind, name] = /^(user|role)\/(?:.*\/)?([^/]+)$/.exec(arn?.resource ?? "") ?? [];
  if (arn === undefined || name === undefined || (kind !== "user" && kind !== "role"))
    return undefined;
  const found = await tables.find(kind, arn.account, name);
  return found !== undefined && entityArn(kind, found) === principal ? found : undefined;
}

/** The account that an account id or a root ARN names. */
function accountOf(principal: string): string | undefined {
  if (/^\d{12}$/.test(principal)) return principal;
  const account = parseArn(principal)?.account ?? "";
  return principal === iamArn(account, "root") ? account : undefined;
}

async function idOfEntity(principal: string, tables: IdentityTables): Promise<string | undefined> {
  const found = await findPrincipal(principal, tables);
  return found && uniqueIdOf(found);
}

/** The id of a session of a role that exists; whether there ever was such a session is not asked. */
async function idOfSession(principal: string, tables: IdentityTables): Promise<string | undefined> {
  const [, account = "", name = "", session = ""] =
    /^arn:aws:sts::(\d{12}):assumed-role\/([^/]+)\/([\w+=,.@-]{2,64})$/.exec(principal) ?? [];
  const role = await tables.find("role", account, name);
  return role && `${role.roleId}:${session}`;
}

/** Federated users are whoever an account lets have the name: the ARN is all that there is of them. */
async function federated(principal: string, tables: IdentityTables): Promise<string | undefined> {
  const [, account = ""] =
    /^arn:aws:sts::(\d{12}):federated-user\/[\w+=,.@-]{2,32}$/.exec(principal) ?? [];
  return (await tables.findAccount(account)) && principal;
}

async function findById(id: string, tables: IdentityTables): Promise<User | Role | undefined> {
  const [unique = ""] = id.split(":");
  return tables.findByUniqueId(unique);
}
