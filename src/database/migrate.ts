import { OperatorError } from "../base/errors.ts";
import type { Database, Dialect } from "./database.ts";
import { readRows } from "./database.ts";
import type { Sql } from "./sql.ts";
import { sql } from "./sql.ts";

/** One step forward of the schema; the code runs before and after it. Never edited once released. */
export interface Migration {
  /** Steps run in the order of their names. */
  readonly name: string;
  statements(dialect: Dialect): readonly string[];
}

/** Brings the schema to the newest step, each step in a transaction of its own. Throws OperatorError on a schema from the future. */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<void> {
  await database.apply([
    statement("CREATE TABLE IF NOT EXISTS schema_steps (name TEXT PRIMARY KEY)"),
  ]);
  const rows = await readRows(database, sql`SELECT name FROM schema_steps`);
  const done = new Set(rows.map((row) => String(row["name"])));
  const known = new Set(migrations.map((each) => each.name));
  const unknown = [...done].find((each) => !known.has(each));
  if (unknown !== undefined)
    throw new OperatorError(
      `the database was written by a newer version (step ${unknown}): upgrade keywright`,
    );
  for (const migration of migrations) {
    if (done.has(migration.name)) continue;
    const steps = migration.statements(database.dialect).map(statement);
    await database.apply([
      ...steps,
      { statement: sql`INSERT INTO schema_steps (name) VALUES (${migration.name})`, rows: 1 },
    ]);
  }
}

/** A statement of the schema: written in this code, never made from input. */
function statement(text: string): { readonly statement: Sql; readonly rows: "any" } {
  return { statement: { chunks: [text], values: [] }, rows: "any" };
}
