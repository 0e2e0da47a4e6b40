import { constants, publicEncrypt, randomBytes } from "node:crypto";
import type { Lab, Provocation, Request, Row } from "./every-operation-lab.ts";
import {
  brokenArn,
  changed,
  noSuchKey,
  pendingDeletion,
  reasons,
  toKeyOf,
} from "./every-operation-lab.ts";
import { present } from "./key-uses.ts";
import { hour } from "./support.ts";

/** Rows of the operations on imported key material. */

const wrapping = { WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048" } as const;
const named = {
  NotFoundException: noSuchKey(),
  InvalidArnException: brokenArn,
  UnsupportedOperationException: toKeyOf(
    {},
    (arn) => `${arn} origin is AWS_KMS which is not valid for this operation.`,
  ),
};

async function emptyKey(lab: Lab): Promise<string> {
  return (await lab.key({ Origin: "EXTERNAL" })).id;
}

/** A request to import this material into this key. */
async function importOf(lab: Lab, KeyId: string, material: Buffer) {
  const { ImportToken, PublicKey } = await lab.kms.getParametersForImport({ KeyId, ...wrapping });
  const key = {
    key: Buffer.from(present(PublicKey)),
    format: "der",
    type: "spki",
    oaepHash: "sha256",
    padding: constants.RSA_PKCS1_OAEP_PADDING,
  } as const;
  return {
    KeyId,
    ImportToken: present(ImportToken),
    EncryptedKeyMaterial: publicEncrypt(key, material),
    ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" as const,
  };
}

const importable: Request = async (lab) => importOf(lab, await emptyKey(lab), randomBytes(32));

const imported: Request = async (lab) => {
  const KeyId = await emptyKey(lab);
  await lab.kms.importKeyMaterial(await importOf(lab, KeyId, randomBytes(32)));
  return { KeyId };
};

/** New material while other new material waits for its rotation. */
const secondPending: Provocation = async (lab) => {
  const KeyId = String((await imported(lab))["KeyId"]);
  const another = async () => ({
    ...(await importOf(lab, KeyId, randomBytes(32))),
    ImportType: "NEW_KEY_MATERIAL" as const,
  });
  await lab.kms.importKeyMaterial(await another());
  return {
    input: await another(),
    says: new RegExp(
      `^New key material \\(id: \\w{64}\\) cannot be imported into KMS key ${KeyId}, because another key material \\(id: \\w{64}\\) is pending rotation\\.$`,
    ),
  };
};

const tokenOfAnother: Provocation = async (lab, request) => {
  const { ImportToken } = await request(lab);
  return { input: { ...(await request(lab)), ImportToken }, says: "" };
};

const otherMaterial: Provocation = async (lab) => {
  const { KeyId } = await imported(lab);
  return { input: await importOf(lab, String(KeyId), randomBytes(32)), says: "" };
};

/** Operations on imported key material. */
export const importRows: readonly Row[] = [
  {
    operation: "GetParametersForImport",
    request: async (lab) => ({ KeyId: await emptyKey(lab), ...wrapping }),
    answers: ["ImportToken", "KeyId", "ParametersValidTo", "PublicKey"],
    errors: { ...named, KMSInvalidStateException: pendingDeletion },
  },
  {
    operation: "ImportKeyMaterial",
    request: importable,
    answers: ["KeyId", "KeyMaterialId"],
    errors: {
      ...named,
      KMSInvalidStateException: secondPending,
      InvalidCiphertextException: changed({ EncryptedKeyMaterial: randomBytes(256) }, ""),
      IncorrectKeyMaterialException: otherMaterial,
      ExpiredImportTokenException: async (lab, request) => ({
        input: await request(lab),
        later: 25 * hour,
        says: "",
      }),
      InvalidImportTokenException: tokenOfAnother,
    },
  },
  {
    operation: "DeleteImportedKeyMaterial",
    request: imported,
    answers: ["KeyId", "KeyMaterialId"],
    errors: { ...named, KMSInvalidStateException: reasons.anyState },
  },
];
