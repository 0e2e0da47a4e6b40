import type { Note, Success } from "../../api/registry.ts";
import { minute } from "../../base/clock.ts";
import { joinChanges } from "../../database/commit.ts";
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

/** How old a stored use may become while its key is used on: so much is forgotten in a crash, never the use itself. */
const storedEvery = minute;

interface Known {
  readonly lastUse: LastUse;
  /** When the use that is stored took place. */
  readonly storedAt: number;
  /** Of the key. A key of the same id that was made anew has not been used. */
  readonly createdAt: number;
}

/**
 * The last use of every key: exact in memory, and stored together with the call that uses a key whose stored use is older
 * than a minute. So a busy key costs one small write a minute, and all its other calls change nothing.
 */
export class LastUsage {
  readonly #reader: Reader;
  readonly #capacity: number;
  readonly #known = new Map<string, Known>();

  constructor(reader: Reader, capacity = 10_000) {
    this.#reader = reader;
    this.#capacity = capacity;
  }

  /** What is known of a key's use. Throws IntegrityError. */
  async find(key: KmsKey): Promise<Usage> {
    const stored = await readUsage(this.#reader, key);
    const known = this.#knownOf(key);
    return known === undefined || (stored.lastUse && stored.lastUse.at > known.lastUse.at)
      ? stored
      : { ...stored, lastUse: known.lastUse };
  }

  /** Notes the use of the keys of a call that succeeded. Known is only what has become durable. */
  note({ operation, things, context, eventIdFor }: Success): Note | undefined {
    if (!uses.has(operation)) return undefined;
    const { time: at, requestId } = context;
    const used = (things as readonly KmsKey[]).map((key) => {
      const lastUse = { at, operation, eventId: eventIdFor(key.account), requestId };
      const storedAt = this.#knownOf(key)?.storedAt;
      const due = storedAt === undefined || at.getTime() - storedAt >= storedEvery;
      const createdAt = key.createdAt.getTime();
      return { key, due, known: { lastUse, createdAt, storedAt: due ? at.getTime() : storedAt } };
    });
    return {
      change: joinChanges(
        used.flatMap(({ key, due, known }) => (due ? [storeUse(key, known.lastUse)] : [])),
      ),
      durable: () => {
        for (const { key, due, known } of used) this.#keep(key, known, due);
      },
    };
  }

  #knownOf(key: KmsKey): Known | undefined {
    const known = this.#known.get(key.version.aggregate);
    return known?.createdAt === key.createdAt.getTime() ? known : undefined;
  }

  #keep(key: KmsKey, known: Known, stored: boolean): void {
    const { aggregate } = key.version;
    // A use that has become durable before an earlier one did.
    const newer = this.#knownOf(key);
    if (newer !== undefined && newer.lastUse.at > known.lastUse.at) return;
    // In the order of their storing: with the one that is dropped, the minute since it was stored is forgotten.
    if (stored) this.#known.delete(aggregate);
    this.#known.set(aggregate, known);
    if (this.#known.size <= this.#capacity) return;
    const [oldest = aggregate] = this.#known.keys();
    this.#known.delete(oldest);
  }
}

/** A key with what is known of its use, for policies that ask for it. */
export async function withUsage(
  key: KmsKey | Promise<KmsKey>,
  { lastUsage }: { readonly lastUsage: LastUsage },
): Promise<KmsKey> {
  const found = await key;
  return { ...found, lastUsage: await lastUsage.find(found) };
}
