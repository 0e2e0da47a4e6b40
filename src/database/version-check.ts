import { equalBytes } from "../crypto/hash.ts";
import { randomBytes } from "../crypto/random.ts";
import { SetDigest } from "../crypto/set-digest.ts";
import type { Row } from "./database.ts";
import { bucketsOf } from "./open-versions.ts";
import type { Sql } from "./sql.ts";
import { sql } from "./sql.ts";
import { SqliteConnection } from "./sqlite.ts";
import { bucketDigest, VersionTree } from "./version-tree.ts";
import { otherDatabase, versionOf } from "./versions.ts";

/** What a database is compared with. */
export interface Expected {
  readonly databasePath: string;
  readonly versionQueries: readonly Sql[];
  readonly stateKey: Uint8Array;
  /** The state digest that the journal has of this moment. */
  readonly digest: Uint8Array;
}

/**
 * Compares all that is stored with the versions in the tree, and the tree with the journal: in one snapshot, taken when this
 * is made, and a few rows at a time, so that calls go on meanwhile. What calls rely on need not wait for it, because each
 * bucket that is used is compared with the tree by itself; here it is found what nobody asks for, such as an aggregate that was removed.
 */
export class VersionCheck {
  readonly #expected: Expected;
  readonly #database: SqliteConnection;
  readonly #work: Iterator<unknown>;

  constructor(expected: Expected) {
    this.#expected = expected;
    this.#database = new SqliteConnection(expected.databasePath, "read");
    this.#database.execute("BEGIN");
    // The snapshot is that of the first statement.
    const [row] = this.#database.rows(sql`SELECT salt FROM version_tree`);
    const salt = row?.["salt"];
    if (!(salt instanceof Uint8Array)) throw otherDatabase();
    this.#work = this.#compare(salt);
  }

  /** Looks at so many more rows; whether that was all. Throws OperatorError when the database is not the journal's. */
  step(rows: number): boolean {
    let ended = true;
    try {
      ended = this.#endsWithin(rows);
    } finally {
      if (ended) this.close();
    }
    return ended;
  }

  #endsWithin(rows: number): boolean {
    for (let row = 0; row < rows; row++) if (this.#work.next().done === true) return true;
    return false;
  }

  close(): void {
    this.#database.close();
  }

  *#compare(salt: Uint8Array): Generator<unknown> {
    // Nobody sees these sums, and the key is of this comparison alone.
    const key = randomBytes(32);
    const stored = new SetDigest(key);
    for (const query of this.#expected.versionQueries)
      for (const row of this.#database.each(query)) yield stored.add(elementOf(row));
    const listed = new SetDigest(key);
    const tree = new VersionTree(salt, []);
    const digests = new Map<number, Uint8Array>();
    for (const [bucket, rows] of bucketsOf(this.#database)) {
      for (const row of rows) yield listed.add(elementOf(row));
      digests.set(bucket, bucketDigest(new Map(rows.map(versionOf))));
      if (digests.size < digestsAtOnce) continue;
      tree.with(digests).settle();
      digests.clear();
    }
    tree.with(digests).settle();
    const { digest, stateKey } = this.#expected;
    if (!equalBytes(tree.digest(stateKey), digest)) throw otherDatabase();
    if (!equalBytes(stored.digest(), listed.digest())) throw otherDatabase();
  }
}

/** Digests of buckets that go into the tree together: about as many as a node has. */
const digestsAtOnce = 256;

/** Names of aggregates hold no line feed, so no two versions are written alike. */
function elementOf(row: Row): string {
  const [aggregate, version] = versionOf(row);
  return `${version}\n${aggregate}`;
}
