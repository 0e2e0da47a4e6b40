import { IntegrityError, OperatorError } from "../../base/errors.ts";
import { equalBytes } from "../../crypto/hash.ts";
import { randomBytes } from "../../crypto/random.ts";
import { combineShares, splitSecret } from "../../crypto/shamir.ts";
import { unwrap, wrap } from "../../crypto/wrap.ts";
import type { ShareText } from "./share-text.ts";
import { formatShare, parseShare, shareSet } from "./share-text.ts";
import type { RootKeyName, RootSource } from "./source.ts";

/** How a secret was split among people. Stored with what it wrapped: 01 ‖ threshold ‖ count ‖ salt (16) ‖ wrapped. */
export interface ShareSet {
  readonly threshold: number;
  readonly count: number;
  readonly salt: Uint8Array;
}

const format = 0x01;
const saltAt = 3;
const headerLength = saltAt + 16;
export const mostShares = 16;

/** Whether a secret can be split like this: by one alone would be no sharing. */
export function canSplit(threshold: number, count: number): boolean {
  return threshold >= 2 && threshold <= count && count <= mostShares;
}

/** Splits a new secret: the source that it is, and the text of every share. They exist nowhere else. */
export async function createShares(
  deployment: string,
  threshold: number,
  count: number,
): Promise<{ readonly source: RootSource; readonly shares: readonly string[] }> {
  const secret = randomBytes(32);
  const salt = randomBytes(16);
  const set = shareSet(deployment, salt);
  const parts = await splitSecret(secret, threshold, count);
  const shares = parts.map((share, index) =>
    formatShare({ threshold, count, number: index + 1, set, share }),
  );
  for (const part of parts) part.fill(0);
  const source = sharesRootSource(async () => ({ secret, set: { threshold, count, salt } }));
  return { source, shares };
}

/** A secret put together, and how it had been split. */
export interface Combined {
  readonly secret: Buffer;
  readonly set: ShareSet;
}

/** A root source among people. Shares are gathered once, when they are needed, and what they give is wiped by `close`. */
export function sharesRootSource(gather: (deployment: string) => Promise<Combined>): RootSource {
  let gathered: Promise<Combined> | undefined;
  const combined = (deployment: string): Promise<Combined> => {
    gathered ??= gather(deployment);
    return gathered;
  };
  return {
    kind: "shares",
    async wrap(name, rootKey) {
      const { secret, set } = await combined(name.deployment);
      return Buffer.concat([encodeSet(set), wrap(secret, identity(name, set), rootKey)]);
    },
    async unwrap(name, wrapped) {
      const set = readShareSet(wrapped);
      const { secret } = await combined(name.deployment);
      return unwrap(secret, identity(name, set), wrapped.subarray(headerLength));
    },
    async close() {
      (await gathered?.catch(() => undefined))?.secret.fill(0);
      gathered = undefined;
    },
  };
}

/** How the secret was split that wrapped this. Throws IntegrityError. */
export function readShareSet(wrapped: Uint8Array): ShareSet {
  const [first, threshold = 0, count = 0] = wrapped;
  if (first !== format || wrapped.length < headerLength || !canSplit(threshold, count))
    throw new IntegrityError("what the shares wrapped is not in a known format");
  return { threshold, count, salt: wrapped.slice(saltAt, headerLength) };
}

function encodeSet({ threshold, count, salt }: ShareSet): Buffer {
  return Buffer.concat([Buffer.of(format, threshold, count), salt]);
}

function identity({ deployment, version }: RootKeyName, set: ShareSet): readonly string[] {
  return ["root-key/shares", deployment, String(version), encodeSet(set).toString("hex")];
}

/** What adding a share led to: `given` of `needed`. */
export interface Progress {
  readonly given: number;
  readonly needed: number;
}

/** Gathers the shares of one set until there are enough. What was given is wiped by `clear`. */
export class ShareCollection {
  readonly set: ShareSet;
  readonly #name: Buffer;
  readonly #given = new Map<number, ShareText>();

  constructor(deployment: string, set: ShareSet) {
    this.set = set;
    this.#name = shareSet(deployment, set.salt);
  }

  get progress(): Progress {
    return { given: this.#given.size, needed: this.set.threshold };
  }

  /** The numbers of the shares that were given. */
  get numbers(): readonly number[] {
    return [...this.#given.keys()].toSorted((a, b) => a - b);
  }

  /** Takes a share as typed. Throws OperatorError when it can be none of this set, or was given already. */
  add(typed: Uint8Array): Progress {
    const share = parseShare(typed);
    if (share === undefined)
      throw new OperatorError(
        "this is not a whole share, or it was mistyped: check it letter by letter",
      );
    if (!equalBytes(share.set, this.#name))
      throw new OperatorError(
        "this share is of another deployment, or from before the shares were renewed",
      );
    if (this.#given.has(share.number))
      throw new OperatorError(`share ${share.number} was given already: another one is needed`);
    this.#given.set(share.number, share);
    return this.progress;
  }

  /** The secret that the shares give, once there are enough; whether it is the right one shows when it unwraps. */
  async combine(): Promise<Combined> {
    const secret = await combineShares([...this.#given.values()].map(({ share }) => share));
    this.clear();
    if (secret === undefined) throw new OperatorError(wrongShares);
    return { secret, set: this.set };
  }

  clear(): void {
    for (const { share } of this.#given.values()) share.fill(0);
    this.#given.clear();
  }
}

/** Does not say which: whoever brings a forged share learns nothing about the others. */
const wrongShares =
  "the shares do not open the root key: at least one is wrong. Give all of them again";
