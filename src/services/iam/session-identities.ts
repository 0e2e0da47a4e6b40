import type { SessionIdentities, SessionRole } from "../../api/sessions.ts";
import { compilePolicy } from "../../authorization/compile.ts";
import { parsePolicy } from "../../authorization/policy-document.ts";
import type { CredentialCache } from "./credentials.ts";
import type { Role, User } from "./model/identity.ts";
import { entityArn } from "./model/identity.ts";
import { findPrincipal } from "./principals.ts";
import { readWhole, versionOf } from "./reading.ts";
import type { IdentityTables } from "./tables/identities.ts";

/** Answers what sessions rest on: roles, users and policies as they are now. */
export function sessionIdentities(
  tables: IdentityTables,
  credentials: CredentialCache,
): SessionIdentities {
  return {
    findRole: (arn) => readWhole(async () => roleIn(await findPrincipal(arn, tables), credentials)),
    findRoleById: (id) =>
      readWhole(async () => roleIn(await tables.findByUniqueId(id), credentials)),
    findUserById: (id, accessKeyId) =>
      readWhole(async () => {
        const found = await tables.findByUniqueId(id);
        return found !== undefined && "userId" in found
          ? credentials.callerOf(found, accessKeyId)
          : undefined;
      }),
    findSessionPolicy: (account, arn) => credentials.findManaged(account, arn, "session"),
    async findProvider(account, url) {
      const found = await tables.find("provider", account, url);
      return (
        found && {
          arn: entityArn("provider", found),
          clientIds: found.clientIds,
          version: versionOf("provider", found),
        }
      );
    },
    findAccessKeyAccount: async (id) => (await tables.findAccessKeyOwner(id))?.account,
    async findDomain(account) {
      return (await tables.findAccount(account)) && tables.domain(account);
    },
  };
}

async function roleIn(
  found: User | Role | undefined,
  credentials: CredentialCache,
): Promise<SessionRole | undefined> {
  return found !== undefined && "roleId" in found ? sessionRole(found, credentials) : undefined;
}

async function sessionRole(role: Role, credentials: CredentialCache): Promise<SessionRole> {
  const arn = entityArn("role", role);
  return {
    ...(await credentials.standingOf("role", role)),
    arn,
    account: role.account,
    id: role.roleId,
    name: role.name,
    trust: compilePolicy(parsePolicy(role.trustPolicy, "trust"), {
      kind: "trust",
      name: role.name,
    }),
    longestSession: role.maxSessionDuration,
    version: versionOf("role", role),
  };
}
