import type { KMSClient } from "@aws-sdk/client-kms";
import { second } from "../../base/clock.ts";
import { IntegrityError, OperatorError } from "../../base/errors.ts";
import { secretBytes } from "../../base/secret-bytes.ts";
import type { RootKeyName, RootSource } from "./source.ts";

/** A key of another KMS. */
export interface KmsKeyPlace {
  /** ARN of the key or of an alias of it. */
  readonly key: string;
  readonly region: string;
  /** Undefined: AWS's own endpoint of the region. */
  readonly endpoint: string | undefined;
}

/** What is stored: 01 ‖ ciphertext blob of the other KMS. */
const format = 0x01;

/** Errors that say that something else was wrapped, or under another key. */
const notOurs = ["InvalidCiphertextException", "IncorrectKeyException"];

/**
 * A root source in another KMS: AWS's, or anything that speaks its API. The encryption context binds the deployment, so a
 * policy there can demand it. Credentials are found as AWS's SDK finds them (docs/key-ceremony.md).
 */
export function kmsRootSource(place: KmsKeyPlace): RootSource {
  let opened: Promise<{ readonly sdk: Sdk; readonly client: KMSClient }> | undefined;
  const open = () => {
    opened ??= openClient(place);
    return opened;
  };
  return {
    kind: "kms",
    async wrap(name, rootKey) {
      const { sdk, client } = await open();
      const command = new sdk.EncryptCommand({
        KeyId: place.key,
        Plaintext: rootKey,
        EncryptionContext: contextOf(name),
      });
      const { CiphertextBlob } = await calling(place, "Encrypt", () => client.send(command));
      if (CiphertextBlob === undefined)
        throw new OperatorError(`${place.key} returned no ciphertext`);
      return Buffer.concat([Buffer.of(format), CiphertextBlob]);
    },
    async unwrap(name, wrapped) {
      if (wrapped[0] !== format)
        throw new IntegrityError("what the KMS wrapped is not in a known format");
      const { sdk, client } = await open();
      const command = new sdk.DecryptCommand({
        KeyId: place.key,
        CiphertextBlob: wrapped.subarray(1),
        EncryptionContext: contextOf(name),
      });
      const { Plaintext } = await calling(place, "Decrypt", () => client.send(command));
      if (Plaintext?.length !== 32)
        throw new IntegrityError(`what ${place.key} decrypted is not a root key`);
      const rootKey = secretBytes(32);
      rootKey.set(Plaintext);
      Plaintext.fill(0);
      return rootKey;
    },
    async close() {
      const known = await opened?.catch(() => undefined);
      known?.client.destroy();
      opened = undefined;
    },
  };
}

function contextOf({ deployment, version }: RootKeyName): Readonly<Record<string, string>> {
  return {
    "keywright:deployment": deployment,
    "keywright:purpose": "root-key",
    "keywright:root-version": String(version),
  };
}

type Sdk = typeof import("@aws-sdk/client-kms");

/** Loads the SDK only now: most deployments need none of it. */
async function openClient({ region, endpoint }: KmsKeyPlace) {
  const sdk = await import("@aws-sdk/client-kms");
  const client = new sdk.KMSClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 3 * second, requestTimeout: 5 * second },
  });
  return { sdk, client };
}

async function calling<T>(
  { key, endpoint }: KmsKeyPlace,
  action: string,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
    if (notOurs.includes(name))
      throw new IntegrityError(`${key} did not wrap this root key (${name})`, { cause });
    const where = endpoint === undefined ? "" : ` at ${endpoint}`;
    throw new OperatorError(
      `${action} with the KMS key ${key}${where} failed (${name}: ${message}): check that it can be reached, that it is enabled, and that these credentials may ${action} with it`,
      { cause },
    );
  }
}
