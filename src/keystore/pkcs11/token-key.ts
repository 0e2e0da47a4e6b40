import {
  blobHeaderLength,
  blobPurpose,
  blobSaltAt,
  blobSuites,
  encodeBlobHeader,
} from "../../crypto/ciphertext.ts";
import type { EncryptionContext } from "../../crypto/encryption-context.ts";
import { encodeEncryptionContext } from "../../crypto/encryption-context.ts";
import { sha256 } from "../../crypto/hash.ts";
import { blockInput } from "../../crypto/kbkdf.ts";
import { materialIdLabel } from "../../crypto/key-material.ts";
import { open, seal } from "../../crypto/seal.ts";
import { saltHedge, saltSource } from "../salts.ts";
import type { Token } from "./token.ts";
import { TokenError } from "./token-error.ts";

/** Where the material of a KMS key is in a token. */
export interface TokenKeyPlace {
  readonly account: string;
  readonly region: string;
  readonly keyId: string;
}

/** Key material in a token: it is made there, and a token is asked for one HMAC per message (docs/ciphertext-format.md). */
export interface TokenKeys {
  /** Makes material for a key; the handle is the token's own and for records only. */
  generate(place: TokenKeyPlace): Promise<{ readonly materialId: string; readonly handle: string }>;
  encrypt(
    key: TokenKeyPlace & { readonly materialId: string },
    plaintext: Uint8Array,
    context: EncryptionContext | undefined,
  ): Promise<Buffer>;
  /** Undefined when key, context or any bit differs. */
  decrypt(
    key: TokenKeyPlace & { readonly materialId: string },
    blob: Uint8Array,
    context: EncryptionContext | undefined,
  ): Promise<Buffer | undefined>;
  /** Destroys material; false when the token has none for the key. */
  destroy(place: TokenKeyPlace): Promise<boolean>;
}

const noSalt = Buffer.alloc(blobHeaderLength - blobSaltAt);
const messageLabel = "keywright/token-message/v1";
const writeSalt = saltSource();

/** The keys of a token. The secret behind the salts is drawn by the token, so that no one generator is trusted alone. */
export async function tokenKeys(token: Token): Promise<TokenKeys> {
  const hedge = saltHedge(await token.randomBytes(32));
  const proven = new Set<string>();

  const materialIdOf = async (name: string, keyId: string): Promise<string> => {
    const id = await token.hmac(name, blockInput(materialIdLabel, Buffer.from(keyId, "utf8")));
    return id.toString("hex");
  };
  /** Another key under our name would encrypt what nobody can decrypt later. */
  const requireOwn = async (
    name: string,
    { keyId, materialId }: Parameters<TokenKeys["encrypt"]>[0],
  ): Promise<void> => {
    if (proven.has(name)) return;
    if ((await materialIdOf(name, keyId)) !== materialId)
      throw new TokenError(`the key \`${name}\` of the token is not the one that was made there`);
    proven.add(name);
  };
  const messageRoot = (name: string, header: Uint8Array, bound: Uint8Array): Promise<Buffer> =>
    token.hmac(name, blockInput(messageLabel, sha256(header, sha256(bound))));

  return {
    async generate(place) {
      const name = nameOf(place);
      const { handle } = await token.generateKey(name, "hmac");
      return { handle, materialId: await materialIdOf(name, place.keyId) };
    },
    async encrypt(key, plaintext, context) {
      const name = nameOf(key);
      await requireOwn(name, key);
      const bound = encodeEncryptionContext(context);
      const header = encodeBlobHeader(key.keyId, key.materialId, noSalt, blobSuites.token);
      writeSalt(header, blobSaltAt, hedge, bound, plaintext);
      const root = await messageRoot(name, header, bound);
      const blob = seal(blobPurpose, root, header, bound, plaintext);
      root.fill(0);
      return blob;
    },
    async decrypt(key, blob, context) {
      const bound = encodeEncryptionContext(context);
      const root = await messageRoot(nameOf(key), blob.subarray(0, blobHeaderLength), bound);
      const plaintext = open(blobPurpose, root, blobHeaderLength, bound, blob);
      root.fill(0);
      return plaintext;
    },
    destroy(place) {
      proven.delete(nameOf(place));
      return token.destroyKey(nameOf(place), "hmac");
    },
  };
}

/** The label of a key's material in the token; operators find orphans by it. */
function nameOf({ account, region, keyId }: TokenKeyPlace): string {
  return `keywright/${account}/${region}/${keyId}`;
}
