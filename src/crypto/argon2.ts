import { argon2 } from "node:crypto";
import { promisify } from "node:util";

/** What one try at a passphrase costs: memory in KiB, passes over it, lanes that run at once. */
export interface Argon2Cost {
  readonly memory: number;
  readonly passes: number;
  readonly lanes: number;
}

const run = promisify(argon2);

/** A key of 32 bytes from a passphrase: Argon2id, version 1.3 (RFC 9106). Off the event loop. */
export async function argon2id(
  passphrase: Uint8Array,
  salt: Uint8Array,
  { memory, passes, lanes }: Argon2Cost,
): Promise<Buffer> {
  return run("argon2id", {
    message: passphrase,
    nonce: salt,
    memory,
    passes,
    parallelism: lanes,
    tagLength: 32,
  });
}
