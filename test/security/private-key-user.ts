/** A process that has private keys, uses them and gives them up: what its memory holds then is searched by its parent. */
import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { secretBytes } from "../../src/base/secret-bytes.ts";
import { deriveSharedSecret } from "../../src/crypto/agreement.ts";
import { decryptWith, encryptTo } from "../../src/crypto/asymmetric-encryption.ts";
import { decapsulate, encapsulate } from "../../src/crypto/encapsulation.ts";
import { KeyMaterial } from "../../src/crypto/key-material.ts";
import type { KeySpec, KeyUsage } from "../../src/crypto/key-spec.ts";
import { keySpecs } from "../../src/crypto/key-spec.ts";
import { messageTypesOf, sign } from "../../src/crypto/signing.ts";

const [, , origin = "", folder = ""] = process.argv;
const digest = Buffer.alloc(32, 7);

/** Everything that a key of a spec is for. */
const uses: Readonly<Record<KeyUsage, (spec: KeySpec, key: KeyMaterial) => Promise<unknown>>> = {
  async SIGN_VERIFY(spec, key) {
    for (const algorithm of keySpecs[spec].algorithms.SIGN_VERIFY ?? [])
      for (const place of ["here", "pool"] as const) {
        const type = messageTypesOf(algorithm)[0] ?? "RAW";
        await sign(key, algorithm, type, digest, place);
      }
  },
  async ENCRYPT_DECRYPT(spec, key) {
    for (const algorithm of keySpecs[spec].algorithms.ENCRYPT_DECRYPT ?? [])
      if (algorithm !== "SYMMETRIC_DEFAULT")
        await decryptWith(
          key,
          algorithm,
          await encryptTo(key.privateKey.spki(), algorithm, digest),
        );
  },
  async KEY_AGREEMENT(spec, key) {
    // OpenSSL frees the scalar that it multiplies by on these curves without wiping it (SECURITY.md).
    if (spec.startsWith("ECC_NIST_")) return;
    const peer = await keySpecs[spec].generate();
    for (const place of ["here", "pool"] as const)
      await deriveSharedSecret(key, peer.publicKey ?? digest, place);
  },
  async ENCAPSULATE_DECAPSULATE(_spec, key) {
    const { ciphertext } = await encapsulate(key.privateKey.spki());
    for (const place of ["here", "pool"] as const) await decapsulate(key, ciphertext, place);
  },
  GENERATE_VERIFY_MAC: async () => undefined,
};

/** Reads a file into memory that is wiped. */
function read(path: string): Buffer {
  const file = openSync(path, "r");
  const bytes = secretBytes(fstatSync(file).size);
  readSync(file, bytes);
  closeSync(file);
  return bytes;
}

/** The secret of a key, however it comes here. */
async function secretOf(spec: KeySpec, path: string): Promise<Buffer> {
  if (origin === "read" || origin === "used") return read(path);
  if (origin === "imported") {
    const foreign = read(path);
    const accepted = await keySpecs[spec].accept(foreign);
    foreign.fill(0);
    if (accepted === undefined) throw new Error(`${path} is not accepted`);
    return accepted.secret;
  }
  const { secret } = await keySpecs[spec].generate();
  writeFileSync(path, secret);
  return secret;
}

/** The keys of all files of a spec, used unless they shall only be read: what comes after may overwrite what the reading left behind. */
async function keysOf(spec: KeySpec): Promise<readonly KeyMaterial[]> {
  const keys: KeyMaterial[] = [];
  for (const name of readdirSync(folder))
    if (name.startsWith(`${spec}.`)) {
      const key = new KeyMaterial(await secretOf(spec, join(folder, name)));
      if (origin === "read") void key.privateKey;
      else for (const usage of keySpecs[spec].usages) await uses[usage](spec, key);
      keys.push(key);
    }
  return keys;
}

/** Tells the parent and waits for it, with as little use of memory as can be. */
function tell(): void {
  writeSync(1, ".");
  readSync(0, Buffer.alloc(1));
}

for (const [name, { keyType }] of Object.entries(keySpecs)) {
  if (keyType !== "asymmetric") continue;
  // The key specs are the names of their table.
  const keys = await keysOf(name as KeySpec);
  if (keys.length === 0) continue;
  tell();
  for (const key of keys) key[Symbol.dispose]();
  tell();
}
