import { before, describe, test } from "node:test";
import type { KMS, RecipientInfo } from "@aws-sdk/client-kms";
import { encode } from "cborg";
import { payloadOf, pcr, signedMessage } from "../support/attestation.ts";
import { enclave, openTrustingServer, path, recipient } from "./recipient-support.ts";
import type { Statement } from "./support.ts";
import {
  connect,
  createKey,
  decides,
  keyPolicy,
  policyOf,
  refused,
  seedWith,
  userArn,
} from "./support.ts";

const nobody = { AWS: userArn("nobody") };
const hex = (index: number): string => pcr(`PCR${index}`).toString("hex");
const attested = (name: string): string => `kms:RecipientAttestation:${name}`;
const tpm = (): RecipientInfo =>
  enclave({
    pcrs: undefined,
    nitrotpm_pcrs: new Map([0, 4, 7].map((at) => [at, pcr(`PCR${at}`)])),
  });
/** The enclave, but with another image. */
const otherImage = (): RecipientInfo =>
  enclave({ pcrs: new Map([0, 1, 2, 3, 4, 8].map((at) => [at, pcr(at === 0 ? "" : `PCR${at}`)])) });

describe("condition keys kms:RecipientAttestation (facts 12.4)", () => {
  let kms: KMS;
  let user: KMS;
  let encryptor: KMS;
  before(async () => {
    const server = await openTrustingServer(
      seedWith({
        encryptor: policyOf({
          Action: "kms:GenerateRandom",
          Condition: { StringEquals: { [attested("PCR8")]: hex(8) } },
        }),
      }),
    );
    kms = connect(server);
    user = connect(server, "nobody");
    encryptor = connect(server, "encryptor");
  });

  /** A data key under a key with this statement for a user who may nothing else. */
  async function dataKeyUnder(
    ...statements: readonly Omit<Statement, "Principal" | "Action">[]
  ): Promise<(Recipient?: RecipientInfo) => () => Promise<unknown>> {
    const Policy = keyPolicy(
      ...statements.map((each) => ({
        Principal: nobody,
        Action: ["kms:GenerateDataKey", "kms:Decrypt"],
        ...each,
      })),
    );
    const { id } = await createKey(kms, { Policy });
    return (Recipient) => () =>
      user.generateDataKey({ KeyId: id, KeySpec: "AES_256", ...(Recipient && { Recipient }) });
  }

  test("ImageSha384 is register 0 of an enclave", async () => {
    const dataKey = await dataKeyUnder({
      Condition: { StringEqualsIgnoreCase: { [attested("ImageSha384")]: hex(0).toUpperCase() } },
    });
    await decides([
      [true, dataKey(enclave())],
      [false, dataKey(otherImage())],
      [false, dataKey(tpm())],
      [false, dataKey()],
    ]);
  });

  test("PCR<n> is a register of an enclave, compared as lower-case hex", async () => {
    const dataKey = await dataKeyUnder({
      Condition: { StringEquals: { [attested("PCR0")]: hex(0), [attested("PCR4")]: hex(4) } },
    });
    const upper = await dataKeyUnder({
      Condition: { StringEquals: { [attested("PCR4")]: hex(4).toUpperCase() } },
    });
    await decides([
      [true, dataKey(enclave())],
      [false, dataKey(otherImage())],
      [false, dataKey(tpm())],
      [false, dataKey()],
      [false, upper(enclave())],
    ]);
  });

  test("NitroTPMPCR<n> is a register of a TPM, never of an enclave", async () => {
    const dataKey = await dataKeyUnder({
      Condition: { StringEquals: { [attested("NitroTPMPCR4")]: hex(4) } },
    });
    await decides([
      [true, dataKey(tpm())],
      [false, dataKey(enclave())],
      [false, dataKey()],
    ]);
  });

  test("a register that the document does not have satisfies nothing", async () => {
    const dataKey = await dataKeyUnder({
      Condition: { StringLike: { [attested("PCR20")]: "*" } },
    });
    await decides([[false, dataKey(enclave())]]);
  });

  test("a denial of whoever is not attested leaves the attested", async () => {
    const dataKey = await dataKeyUnder(
      {},
      { Effect: "Deny", Condition: { Null: { [attested("ImageSha384")]: "true" } } },
    );
    await decides([
      [true, dataKey(enclave())],
      [false, dataKey(tpm())],
      [false, dataKey()],
    ]);
  });

  test("a document that does not hold gives no values: the call is refused", async () => {
    const dataKey = await dataKeyUnder({
      Condition: { StringEquals: { [attested("PCR0")]: hex(0) } },
    });
    const [, , , instance] = path;
    if (instance === undefined) throw new RangeError("the path has five certificates");
    const forged = signedMessage(encode(payloadOf(path, new Date())), instance.privateKey);
    await refused(
      dataKey(recipient(forged))(),
      "ValidationException",
      "The attestation document is not valid: its signature is wrong.",
    );
  });

  test("Decrypt is decided by the document of each call", async () => {
    const Policy = keyPolicy({
      Principal: nobody,
      Action: "kms:Decrypt",
      Condition: { StringEquals: { [attested("PCR0")]: hex(0) } },
    });
    const { id } = await createKey(kms, { Policy });
    const { CiphertextBlob } = await kms.encrypt({ KeyId: id, Plaintext: Buffer.of(1) });
    const decrypt = (Recipient?: RecipientInfo) => () =>
      user.decrypt({ KeyId: id, CiphertextBlob, ...(Recipient && { Recipient }) });
    await decides([
      [true, decrypt(enclave())],
      [false, decrypt(otherImage())],
      [false, decrypt()],
    ]);
  });

  test("GenerateRandom is decided by identity policies on the same keys", async () => {
    const random = (Recipient?: RecipientInfo) => () =>
      encryptor.generateRandom({ NumberOfBytes: 1, ...(Recipient && { Recipient }) });
    await decides([
      [true, random(enclave())],
      [false, random(tpm())],
      [false, random()],
    ]);
  });
});
