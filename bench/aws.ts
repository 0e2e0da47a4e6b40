import { Caller } from "./caller.ts";
import type { Dialect } from "./client.ts";
import { Client } from "./client.ts";
import type { Endpoint } from "./load.ts";
import type { OperationName, Subject } from "./operations.ts";
import { operationNames, splitAnswer } from "./operations.ts";
import type { Signer } from "./signing.ts";
import { openSigner } from "./signing.ts";

/** Whose signature, without the host. */
export type Credentials = Omit<Signer, "host">;

/** A server that speaks the AWS KMS API, with the keys that are used there. */
export interface AwsTarget {
  readonly caller: Caller;
  readonly client: Client;
  readonly keys: Keys;
  /** Signs for the user of keys, and for who manages them. */
  readonly user: Signer;
  readonly admin: Signer;
}

interface Keys {
  readonly encryption: readonly string[];
  readonly mac: string;
}

const encryptionKeys = 100;

/** Makes keys over the server's own API. Encryption keys that are already there are taken instead. */
export async function openAws(
  endpoint: Endpoint,
  { user, admin }: { readonly user: Credentials; readonly admin: Credentials },
  existing: readonly string[] = [],
): Promise<AwsTarget> {
  const host = `${endpoint.host}:${endpoint.port}`;
  const caller = new Caller(endpoint);
  const manager = { ...admin, host };
  const missing = Array.from({ length: encryptionKeys - existing.length }, () => "{}");
  const made = await makeKeys(caller, manager, [macKey, ...missing]);
  const [mac = "", ...encryption] = made;
  const keys = { encryption: [...existing, ...encryption], mac };
  const signer = { ...user, host };
  const client = new Client(caller, awsDialect(signer, keys));
  return { caller, client, keys, user: signer, admin: manager };
}

/** Ids of new keys, one for each body of CreateKey. */
export async function makeKeys(
  caller: Caller,
  signer: Signer,
  bodies: readonly string[],
): Promise<readonly string[]> {
  if (bodies.length === 0) return [];
  const sign = openSigner(signer, new Date());
  const answers = await caller.ask(bodies.map((body) => sign("TrentService.CreateKey", body)));
  return answers.map(
    (text) => (JSON.parse(splitAnswer(text).body) as CreatedKey).KeyMetadata.KeyId,
  );
}

interface CreatedKey {
  readonly KeyMetadata: { readonly KeyId: string };
}

/** Lets go of the keys of a server that goes on living. */
export async function scheduleDeletion({ caller, admin, keys }: AwsTarget): Promise<void> {
  const sign = openSigner(admin, new Date());
  const bodies = [keys.mac, ...keys.encryption].map(
    (id) => `{"KeyId": "${id}", "PendingWindowInDays": 7}`,
  );
  await caller.ask(bodies.map((body) => sign("TrentService.ScheduleKeyDeletion", body)));
}

const macKey = '{"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}';

/** The members of answers that are looked at. */
interface WireAnswer {
  readonly CiphertextBlob?: string;
  readonly Plaintext?: string;
  readonly Mac?: string;
  readonly MacValid?: boolean;
}

function awsDialect(signer: Signer, keys: Keys): Dialect {
  return {
    operations: operationNames,
    open(now) {
      const sign = openSigner(signer, now);
      return (operation, subject) =>
        sign(`TrentService.${operation}`, bodies[operation](subject, keys));
    },
    read(body) {
      const { CiphertextBlob, Plaintext, Mac, MacValid } = JSON.parse(body) as WireAnswer;
      return {
        ...(CiphertextBlob === undefined ? {} : { ciphertext: CiphertextBlob }),
        ...(Plaintext === undefined ? {} : { plaintext: Plaintext }),
        ...(Mac === undefined ? {} : { mac: Mac }),
        ...(MacValid === undefined ? {} : { valid: MacValid }),
      };
    },
  };
}

/** Bodies are spaced as Python's json writes them. */
const bodies: Readonly<Record<OperationName, (subject: Subject, keys: Keys) => string>> = {
  GenerateDataKey: (subject, keys) =>
    `{${keyId(subject, keys)}, "KeySpec": "AES_256", ${context(subject)}}`,
  Encrypt: (subject, keys) =>
    `{${keyId(subject, keys)}, "Plaintext": "${subject.plaintext}", ${context(subject)}}`,
  Decrypt: (subject) => `{"CiphertextBlob": "${subject.ciphertext}", ${context(subject)}}`,
  GenerateMac: (subject, keys) => `{${message(subject, keys)}}`,
  VerifyMac: (subject, keys) => `{${message(subject, keys)}, "Mac": "${subject.mac}"}`,
};

function keyId({ number }: Subject, { encryption }: Keys): string {
  return `"KeyId": "${encryption[number % encryption.length]}"`;
}

function context({ number }: Subject): string {
  return `"EncryptionContext": {"purpose": "benchmark", "number": "${String(number).padStart(9, "0")}"}`;
}

function message({ plaintext }: Subject, { mac }: Keys): string {
  return `"KeyId": "${mac}", "Message": "${plaintext}", "MacAlgorithm": "HMAC_SHA_256"`;
}
