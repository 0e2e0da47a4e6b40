import type { Principals } from "../../api/principals.ts";
import { parseArn } from "../../base/arn.ts";
import type { IdentityTables } from "./tables/identities.ts";

/** Answers which principals exist, for the services whose documents name them. */
export function principalsFrom(tables: IdentityTables): Principals {
  return {
    async exists(principal) {
      if (/^\d{12}$/.test(principal)) return (await tables.findAccount(principal)) !== undefined;
      const arn = parseArn(principal);
      if (arn === undefined || arn.service !== "iam") return false;
      if (arn.resource === "root") return (await tables.findAccount(arn.account)) !== undefined;
      const name = /^user\/(?:.*\/)?([^/]+)$/.exec(arn.resource)?.[1];
      return name !== undefined && (await tables.findUser(arn.account, name)) !== undefined;
    },
  };
}
