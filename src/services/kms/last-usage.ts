import { RecentUses } from "../../api/recent-uses.ts";
import type { Note, Success } from "../../api/registry.ts";
import { joinChanges, noChange } from "../../database/commit.ts";
import type { Reader } from "../../database/database.ts";
import type { KmsKey } from "./model/key.ts";
import type { LastUse, Usage } from "./model/usage.ts";
import { readUsage, storeUse } from "./tables/key-usage.ts";

/** The operations whose success is a use of their keys: AWS's KeyLastUsageTrackingOperation. */
const uses: ReadonlySet<string> = new Set([
  "Decapsulate",
  "Decrypt",
  "DeriveSharedSecret",
  "Encapsulate",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
  "GenerateDataKeyWithoutPlaintext",
  "GenerateMac",
  "ReEncrypt",
  "Sign",
  "Verify",
  "VerifyMac",
]);

/**
 * The last use of every key: exact in memory, and stored together with the call that uses a key whose stored use is older
 * than a minute. So a busy key costs one small write a minute, and all its other calls change nothing.
 */
export class LastUsage {
  readonly #reader: Reader;
  readonly #recent: RecentUses<LastUse>;

  constructor(reader: Reader, capacity = 10_000) {
    this.#reader = reader;
    this.#recent = new RecentUses(capacity);
  }

  /** What is known of a key's use. Throws IntegrityError. */
  async find(key: KmsKey): Promise<Usage> {
    const stored = await readUsage(this.#reader, key);
    const lastUse = this.#recent.newest(nameOf(key), stored.lastUse);
    return lastUse === undefined ? stored : { ...stored, lastUse };
  }

  /** The uses that have become known since this was asked last, for another thread to learn. */
  takeNews(): ReadonlyMap<string, LastUse> {
    return this.#recent.takeNews();
  }

  learn(news: ReadonlyMap<string, LastUse>): void {
    this.#recent.learn(news);
  }

  /** Notes the use of the keys of a call that succeeded. Known is only what has become durable. */
  note({ operation, things, context, eventIdFor }: Success): Note | undefined {
    if (!uses.has(operation)) return undefined;
    const { time: at, requestId } = context;
    const notes = (things as readonly KmsKey[]).map((key) => {
      const lastUse = { at, operation, eventId: eventIdFor(key.account), requestId };
      const { isDue, durable } = this.#recent.note(nameOf(key), lastUse);
      return { change: isDue ? storeUse(key, lastUse) : noChange, durable };
    });
    if (notes.length === 1) return notes[0];
    return {
      change: joinChanges(notes.map(({ change }) => change)),
      durable: () => {
        for (const { durable } of notes) durable();
      },
    };
  }
}

/** A key of the same id that was made anew has not been used. */
function nameOf(key: KmsKey): string {
  return names.getOrInsertComputed(
    key,
    ({ version, createdAt }) => `${version.aggregate} ${createdAt.getTime()}`,
  );
}

const names = new WeakMap<KmsKey, string>();

/** A key with what is known of its use, for policies that ask for it. */
export async function withUsage(
  key: KmsKey | Promise<KmsKey>,
  { lastUsage }: { readonly lastUsage: LastUsage },
): Promise<KmsKey> {
  const found = await key;
  return { ...found, lastUsage: await lastUsage.find(found) };
}
