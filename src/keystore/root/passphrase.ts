import { u32 } from "../../base/bytes.ts";
import { IntegrityError, OperatorError } from "../../base/errors.ts";
import type { Argon2Cost } from "../../crypto/argon2.ts";
import { argon2id } from "../../crypto/argon2.ts";
import { randomBytes } from "../../crypto/random.ts";
import { unwrap, wrap } from "../../crypto/wrap.ts";
import type { RootKeyName, RootSource } from "./source.ts";

/**
 * What is stored (docs/root-key-formats.md): 01 ‖ memory ‖ passes ‖ lanes (u32 each) ‖ salt (16) ‖ root key wrapped under
 * Argon2id(passphrase, salt). All but the version decides the key, so none of it can be changed unnoticed.
 */
const format = 0x01;
const saltAt = 13;
const headerLength = saltAt + 16;

/** About a second and a half of one core for every guess. */
const usualCost: Argon2Cost = { memory: 256 * 1024, passes: 3, lanes: 1 };

/** Whoever can write to the database must not make the next start take all memory, nor hide that a guess costs little. */
const bounds = {
  memory: [64 * 1024, 4 * 1024 * 1024],
  passes: [3, 64],
  lanes: [1, 16],
} as const;

const shortest = 15;

/** A root source in somebody's head. The passphrase is asked for once, when it is needed, and wiped by `close`. */
export function passphraseRootSource(
  ask: () => Promise<Buffer>,
  cost: Argon2Cost = usualCost,
): RootSource {
  let asked: Promise<Buffer> | undefined;
  const passphrase = (): Promise<Buffer> => {
    asked ??= ask();
    return asked;
  };
  return {
    kind: "passphrase",
    async wrap(name, rootKey) {
      const given = await passphrase();
      if (given.length < shortest)
        throw new OperatorError(
          `the passphrase must have at least ${shortest} characters: take five or more random words`,
        );
      const header = encodeHeader(cost, randomBytes(16));
      const wrapped = await withKey(given, header, (key) => wrap(key, identity(name), rootKey));
      return Buffer.concat([header, wrapped]);
    },
    async unwrap(name, wrapped) {
      return withKey(await passphrase(), wrapped, (key) =>
        unwrap(key, identity(name), wrapped.subarray(headerLength)),
      );
    },
    async close() {
      (await asked?.catch(() => undefined))?.fill(0);
      asked = undefined;
    },
  };
}

function identity({ deployment, version }: RootKeyName): readonly string[] {
  return ["root-key/passphrase", deployment, String(version)];
}

async function withKey(
  passphrase: Uint8Array,
  header: Uint8Array,
  work: (key: Uint8Array) => Buffer,
): Promise<Buffer> {
  const cost = decodeCost(header);
  const key = await argon2id(passphrase, header.subarray(saltAt, headerLength), cost);
  try {
    return work(key);
  } finally {
    key.fill(0);
  }
}

function encodeHeader({ memory, passes, lanes }: Argon2Cost, salt: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(format), u32(memory), u32(passes), u32(lanes), salt]);
}

function decodeCost(header: Uint8Array): Argon2Cost {
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  if (bytes.length < headerLength || bytes[0] !== format)
    throw new IntegrityError("what the passphrase wrapped is not in a known format");
  const cost = {
    memory: bytes.readUInt32BE(1),
    passes: bytes.readUInt32BE(5),
    lanes: bytes.readUInt32BE(9),
  };
  for (const [name, [least, most]] of Object.entries(bounds))
    if (cost[name as keyof typeof cost] < least || cost[name as keyof typeof cost] > most)
      throw new IntegrityError(`the stored cost of the passphrase (${name}) is out of bounds`);
  return cost;
}
