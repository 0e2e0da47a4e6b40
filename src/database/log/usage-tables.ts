import type { KeyTime } from "../../audit/key-times.ts";
import { keyTimes } from "../../audit/key-times.ts";
import type { RecordFacts } from "../../audit/record-facts.ts";
import type { KeyEvent, KeyEventName, UsageCount, UsageLine } from "../../audit/usage.ts";
import { hourOf } from "../../audit/usage.ts";
import { isJsonObject, readJson } from "../../base/json.ts";
import type { Row } from "../database.ts";
import { join, sql } from "../sql.ts";
import type { SqliteConnection } from "../sqlite.ts";

/** What an audit record says, and its place in the order of all of them. */
export interface PlacedFacts {
  readonly position: number;
  readonly facts: Pick<RecordFacts, "time" | "shared" | "keyEvent">;
}

/** What records tell of use, gathered: calls that are counted together are one row, however many they are. */
export class UsageTally {
  /** By hour. */
  readonly calls = new Map<number, Map<UsageLine, number>>();
  readonly keyEvents: { readonly position: number; readonly event: KeyEvent }[] = [];

  constructor(records: readonly PlacedFacts[] = []) {
    for (const each of records) this.add(each);
  }

  /** Takes up a record, which must come once. */
  add({ position, facts: { time, shared, keyEvent } }: PlacedFacts): void {
    if (keyEvent !== undefined) this.keyEvents.push({ position, event: keyEvent });
    const { line } = shared;
    if (line === undefined) return;
    const calls = this.calls.getOrInsertComputed(hourOf(time), () => new Map<UsageLine, number>());
    calls.set(line, (calls.get(line) ?? 0) + 1);
  }
}

/**
 * What was used, and what befell keys, counted from the audit records. The tables are derived: whoever changes them
 * changes a bill that nobody pays, and they can be made again from the log.
 */
export class UsageTables {
  readonly #connection: SqliteConnection;
  /** Of lines that were counted before. */
  readonly #numbers = new WeakMap<UsageLine, number>();

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
    connection.execute(schema);
  }

  /** Adds what was gathered. Belongs into a transaction of the caller's. */
  add({ calls, keyEvents }: UsageTally): void {
    for (const { position, event } of keyEvents) this.#keep(position, event);
    for (const [hour, lines] of calls)
      for (const [line, count] of lines) this.#count(hour, this.#numberOf(line), count);
  }

  /** The accounts that used anything, or had keys. */
  accounts(): readonly string[] {
    const rows = this.#connection.rows(
      sql`SELECT account_id FROM usage_lines UNION SELECT account_id FROM usage_key_events ORDER BY account_id`,
    );
    return rows.map((row) => String(row["account_id"]));
  }

  /** What accounts used from one hour on until before another, in seconds since 1970. */
  counts(accounts: readonly string[], from: number, to: number): readonly UsageCount[] {
    if (accounts.length === 0) return [];
    const rows = this.#connection.rows(sql`
      SELECT hour, account_id, region, key_arn, spec, event_source, operation, via, billable, calls
      FROM usage_counts JOIN usage_lines ON usage_lines.line = usage_counts.line
      WHERE hour >= ${from} AND hour < ${to} AND account_id IN (${list(accounts)})
      ORDER BY hour, account_id, region, key_arn, spec, event_source, operation, via, billable`);
    return rows.map(countFrom);
  }

  /**
   * The times in which keys of accounts cost something, those that touch a span of seconds since 1970. What happened later
   * is not left out: a deletion that is cancelled after the span makes the key cost something in it.
   */
  keyTimes(accounts: readonly string[], from: number, to: number): readonly KeyTime[] {
    if (accounts.length === 0) return [];
    const rows = this.#connection.rows(sql`
      SELECT account_id, key_arn, happened_at, event, spec, tags FROM usage_key_events
      WHERE account_id IN (${list(accounts)})
      ORDER BY account_id, position`);
    return keyTimes(rows.map(eventFrom)).filter(
      (time) => time.from < to && (time.until === undefined || time.until >= from),
    );
  }

  #keep(position: number, { account, key, time, event, spec, tags }: KeyEvent): void {
    this.#connection.write({
      statement: sql`
        INSERT INTO usage_key_events (account_id, key_arn, position, happened_at, event, spec, tags)
        VALUES (${account}, ${key}, ${position}, ${time}, ${event}, ${spec}, ${JSON.stringify(tags)})`,
      rows: 1,
    });
  }

  #count(hour: number, line: number, calls: number): void {
    this.#connection.write({
      statement: sql`
        INSERT INTO usage_counts (hour, line, calls) VALUES (${hour}, ${line}, ${calls})
        ON CONFLICT (hour, line) DO UPDATE SET calls = calls + excluded.calls`,
      rows: 1,
    });
  }

  /** The number of a line, which it keeps once its key's spec is known. */
  #numberOf(line: UsageLine): number {
    const known = this.#numbers.get(line);
    if (known !== undefined) return known;
    const spec = line.spec || this.#specOf(line.key);
    const number = this.#findNumber({ ...line, spec });
    if (spec !== "") this.#numbers.set(line, number);
    return number;
  }

  /** The spec of a key that the records told of. */
  #specOf(key: string): string {
    const [row] = this.#connection.rows(sql`
      SELECT spec FROM usage_key_events WHERE key_arn = ${key} AND event = 'CreateKey' LIMIT 1`);
    return String(row?.["spec"] ?? "");
  }

  #findNumber(line: UsageLine): number {
    const { account, region, key, spec, eventSource, operation, via, billable } = line;
    const values = [account, region, key, spec, eventSource, operation, via, Number(billable)];
    const bound = join(
      values.map((value) => sql`${value}`),
      ", ",
    );
    const columns = sql`account_id, region, key_arn, spec, event_source, operation, via, billable`;
    const find = sql`SELECT line FROM usage_lines WHERE (${columns}) = (${bound})`;
    const insert = sql`INSERT INTO usage_lines (${columns}) VALUES (${bound}) RETURNING line`;
    const [row] = this.#connection.rows(find);
    return Number((row ?? this.#connection.rows(insert)[0])?.["line"]);
  }
}

const schema = `
  CREATE TABLE IF NOT EXISTS usage_lines (
    line INTEGER PRIMARY KEY,
    account_id TEXT NOT NULL,
    region TEXT NOT NULL,
    key_arn TEXT NOT NULL,
    spec TEXT NOT NULL,
    event_source TEXT NOT NULL,
    operation TEXT NOT NULL,
    via TEXT NOT NULL,
    billable INTEGER NOT NULL,
    UNIQUE (account_id, region, key_arn, spec, event_source, operation, via, billable)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS usage_counts (
    hour INTEGER NOT NULL,
    line INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    PRIMARY KEY (hour, line)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS usage_key_events (
    key_arn TEXT NOT NULL,
    position INTEGER NOT NULL,
    account_id TEXT NOT NULL,
    happened_at INTEGER NOT NULL,
    event TEXT NOT NULL,
    spec TEXT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (key_arn, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS usage_key_events_of_account
    ON usage_key_events (account_id, position);`;

function list(accounts: readonly string[]) {
  return join(
    accounts.map((account) => sql`${account}`),
    ", ",
  );
}

function countFrom(row: Row): UsageCount {
  return {
    hour: Number(row["hour"]),
    account: String(row["account_id"]),
    region: String(row["region"]),
    key: String(row["key_arn"]),
    spec: String(row["spec"]),
    eventSource: String(row["event_source"]),
    operation: String(row["operation"]),
    via: String(row["via"]),
    billable: row["billable"] === 1,
    count: Number(row["calls"]),
  };
}

function eventFrom(row: Row): KeyEvent {
  return {
    // Only `add` writes here.
    event: row["event"] as KeyEventName,
    account: String(row["account_id"]),
    key: String(row["key_arn"]),
    time: Number(row["happened_at"]),
    spec: String(row["spec"]),
    tags: tagsFrom(String(row["tags"])),
  };
}

function tagsFrom(text: string): KeyEvent["tags"] {
  const value = readJson(text);
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, String(each)]));
}
