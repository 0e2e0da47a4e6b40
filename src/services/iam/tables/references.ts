import type { Write } from "../../../database/commit.ts";
import type { Sql } from "../../../database/sql.ts";
import { sql } from "../../../database/sql.ts";

/**
 * Writes that change nothing, and meet a conflict if at the moment of the commit an entity of the account has a managed policy
 * attached or as its boundary. No version could say that: the entity may be one that did not exist when the call was decided.
 */
export function unlessAttached(account: string, arn: string): readonly Write[] {
  // Lists of policies are JSON text, and ARNs hold no character that JSON escapes.
  const attached = sql`replace(managed_policies, ${JSON.stringify(arn)}, '') <> managed_policies`;
  const either = sql`(${attached} OR boundary = ${arn})`;
  return [
    untouched(sql`UPDATE users SET version = version WHERE account_id = ${account} AND ${either}`),
    untouched(
      sql`UPDATE groups SET version = version WHERE account_id = ${account} AND ${attached}`,
    ),
    untouched(sql`UPDATE roles SET version = version WHERE account_id = ${account} AND ${either}`),
  ];
}

function untouched(statement: Sql): Write {
  return { statement, rows: 0 };
}
