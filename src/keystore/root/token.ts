import { lengthPrefixed } from "../../base/bytes.ts";
import { IntegrityError, OperatorError } from "../../base/errors.ts";
import type { Token } from "../pkcs11/token.ts";
import { openToken } from "../pkcs11/token.ts";
import type { RootKeyName, RootSource } from "./source.ts";

/** A key in a PKCS#11 token. */
export interface TokenKeyPlace {
  /** Path of the vendor's PKCS#11 module. */
  readonly module: string;
  /** Label of the token. */
  readonly label: string;
  /** Label of the AES-256 key. */
  readonly key: string;
}

/** What is stored: 01 ‖ length of the nonce (1) ‖ nonce ‖ AES-256-GCM ciphertext and tag. */
const format = 0x01;

/**
 * A root source in a PKCS#11 token: an AES-256 key that the token made and never gives away. It is made when the first root
 * key is wrapped. The PIN is asked for once, when it is needed, and wiped as soon as the token has it.
 */
export function tokenRootSource(place: TokenKeyPlace, askPin: () => Promise<Buffer>): RootSource {
  let opened: Promise<Token> | undefined;
  const using = async <T>(work: (token: Token) => Promise<T>): Promise<T> => {
    opened ??= open(place, askPin);
    const token = await opened;
    return explaining(place, () => work(token));
  };
  return {
    kind: "token",
    wrap: (name, rootKey) =>
      using(async (token) => {
        if (!(await token.hasKey(place.key, "aes"))) await token.generateKey(place.key, "aes");
        const { nonce, ciphertext } = await token.encrypt(place.key, rootKey, bound(name));
        return Buffer.concat([Buffer.of(format, nonce.length), nonce, ciphertext]);
      }),
    unwrap: (name, wrapped) =>
      using(async (token) => {
        const [first, length = 0] = wrapped;
        const sealed = {
          nonce: wrapped.subarray(2, 2 + length),
          ciphertext: wrapped.subarray(2 + length),
        };
        const rootKey =
          first === format && (await token.hasKey(place.key, "aes"))
            ? await token.decrypt(place.key, sealed, bound(name))
            : undefined;
        if (rootKey?.length !== 32)
          throw new IntegrityError(
            `the key ${place.key} of the token ${place.label} did not wrap this root key`,
          );
        return rootKey;
      }),
    async close() {
      const token = await opened?.catch(() => undefined);
      opened = undefined;
      await token?.close();
    },
  };
}

function bound({ deployment, version }: RootKeyName): Buffer {
  const words = ["keywright/root-key/token/v1", deployment, String(version)];
  return Buffer.concat(words.map(lengthPrefixed));
}

async function open(place: TokenKeyPlace, askPin: () => Promise<Buffer>): Promise<Token> {
  const pin = await askPin();
  try {
    return await explaining(place, () =>
      openToken({ module: place.module, label: place.label, pin }),
    );
  } finally {
    pin.fill(0);
  }
}

async function explaining<T>({ label }: TokenKeyPlace, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof IntegrityError || cause instanceof OperatorError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(
      `the PKCS#11 token ${label} cannot be used: ${reason}. Check that it is connected, its module, its label and its PIN`,
      { cause },
    );
  }
}
