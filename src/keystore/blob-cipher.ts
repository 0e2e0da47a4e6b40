import type { BlobSuite } from "../crypto/ciphertext.ts";
import {
  blobHeaderLength,
  blobPurpose,
  blobSaltAt,
  blobSuites,
  encodeBlobHeader,
} from "../crypto/ciphertext.ts";
import type { EncryptionContext } from "../crypto/encryption-context.ts";
import { encodeEncryptionContext } from "../crypto/encryption-context.ts";
import { deriveKey } from "../crypto/kbkdf.ts";
import type { MessageHmac } from "../crypto/prepared-hmac.ts";
import { SealingKey } from "../crypto/seal.ts";
import type { WriteSalt } from "./salts.ts";
import { saltHedge } from "./salts.ts";

const noSalt = Buffer.alloc(blobHeaderLength - blobSaltAt);

/** What encrypts and decrypts the blobs of one key material, with everything ready that its messages share. Disposed, it holds no key. */
export class BlobCipher implements Disposable {
  readonly #keyId: string;
  readonly #materialId: string;
  /** The usual header; each message writes its salt there. */
  readonly #header: Buffer;
  readonly #sealingKey: SealingKey;
  readonly #hedge: MessageHmac;

  constructor(secret: Uint8Array, keyId: string, materialId: string) {
    this.#keyId = keyId;
    this.#materialId = materialId;
    this.#header = encodeBlobHeader(keyId, materialId, noSalt);
    this.#sealingKey = new SealingKey(blobPurpose, secret);
    const hedgeKey = deriveKey(secret, "kms/hedge/v1");
    this.#hedge = saltHedge(hedgeKey);
    hedgeKey.fill(0);
  }

  encrypt(
    plaintext: Uint8Array,
    context: EncryptionContext | undefined,
    { writeSalt, suite = blobSuites.software }: { writeSalt: WriteSalt; suite?: BlobSuite },
  ): Buffer {
    const bound = encodeEncryptionContext(context);
    const header =
      suite === blobSuites.software
        ? this.#header
        : encodeBlobHeader(this.#keyId, this.#materialId, noSalt, suite);
    writeSalt(header, blobSaltAt, this.#hedge, bound, plaintext);
    return this.#sealingKey.seal(header, bound, plaintext);
  }

  /** Undefined when key, context or any bit differs. */
  decrypt(blob: Uint8Array, context: EncryptionContext | undefined): Buffer | undefined {
    return this.#sealingKey.open(blobHeaderLength, encodeEncryptionContext(context), blob);
  }

  [Symbol.dispose](): void {
    this.#sealingKey[Symbol.dispose]();
    this.#hedge[Symbol.dispose]();
  }
}
