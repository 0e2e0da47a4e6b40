import type { KeyTime } from "../../audit/key-times.ts";
import { keyTimes } from "../../audit/key-times.ts";
import type { CountedCall, KeyEvent, KeyEventName, UsageCount } from "../../audit/usage.ts";
import { countedCall, keyEvent } from "../../audit/usage.ts";
import type { JsonObject } from "../../base/json.ts";
import { isJsonObject, readJson } from "../../base/json.ts";
import type { Row } from "../database.ts";
import { join, sql } from "../sql.ts";
import type { SqliteConnection } from "../sqlite.ts";

/** An audit record and its place in the order of all of them. */
export interface PlacedEvent {
  readonly position: number;
  readonly event: JsonObject;
}

/** What records tell of use, gathered: calls that are counted together are one row, however many they are. */
export class UsageTally {
  readonly calls = new Map<string, { readonly call: CountedCall; count: number }>();
  readonly keyEvents: { readonly position: number; readonly event: KeyEvent }[] = [];

  constructor(records: readonly PlacedEvent[] = []) {
    this.add(records);
  }

  /** Takes up records, each of which must come once. */
  add(records: readonly PlacedEvent[]): void {
    for (const { position, event } of records) {
      const found = keyEvent(event);
      if (found !== undefined) this.keyEvents.push({ position, event: found });
      const call = countedCall(event);
      if (call !== undefined)
        this.calls.getOrInsertComputed(nameOf(call), () => ({ call, count: 0 })).count++;
    }
  }
}

/**
 * What was used, and what befell keys, counted from the audit records. The tables are derived: whoever changes them
 * changes a bill that nobody pays, and they can be made again from the log.
 */
export class UsageTables {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
    connection.execute(schema);
  }

  /** Adds what was gathered. Belongs into a transaction of the caller's. */
  add({ calls, keyEvents }: UsageTally): void {
    for (const { position, event } of keyEvents) this.#keep(position, event);
    for (const { call, count } of calls.values()) this.#count(call, count);
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

  #count(call: CountedCall, calls: number): void {
    const line = this.#lineOf({ ...call, spec: call.spec || this.#specOf(call.key) });
    this.#connection.write({
      statement: sql`
        INSERT INTO usage_counts (hour, line, calls) VALUES (${call.hour}, ${line}, ${calls})
        ON CONFLICT (hour, line) DO UPDATE SET calls = calls + excluded.calls`,
      rows: 1,
    });
  }

  /** The spec of a key that the records told of. */
  #specOf(key: string): string {
    const [row] = this.#connection.rows(sql`
      SELECT spec FROM usage_key_events WHERE key_arn = ${key} AND event = 'CreateKey' LIMIT 1`);
    return String(row?.["spec"] ?? "");
  }

  #lineOf(call: CountedCall): number {
    const { account, region, key, spec, eventSource, operation, via, billable } = call;
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

/** Calls with one name are counted in one row. */
function nameOf(call: CountedCall): string {
  const { hour, account, region, key, spec, eventSource, operation, via, billable } = call;
  return JSON.stringify([hour, account, region, key, spec, eventSource, operation, via, billable]);
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
