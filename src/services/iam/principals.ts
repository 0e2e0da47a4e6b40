import type { Principals } from "../../api/principals.ts";
import { iamArn, parseArn } from "../../base/arn.ts";
import type { IdentityTables } from "./tables/identities.ts";

/** Answers which principals exist, for the services whose documents name them. */
export function principalsFrom(tables: IdentityTables): Principals {
  return {
    async exists(principal) {
      if (/^\d{12}$/.test(principal)) return (await tables.findAccount(principal)) !== undefined;
      const arn = parseArn(principal);
      // Grants and policies compare ARNs as they are written: another spelling would never take effect.
      if (arn === undefined || principal !== iamArn(arn.account, arn.resource)) return false;
      if (arn.resource === "root") return (await tables.findAccount(arn.account)) !== undefined;
      const name = /^user\/([^/]+)$/.exec(arn.resource)?.[1];
      return name !== undefined && (await tables.findUser(arn.account, name)) !== undefined;
    },
  };
}
