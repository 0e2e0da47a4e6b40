import { createCipheriv, createPublicKey } from "node:crypto";
import { encryptTo } from "../asymmetric-encryption.ts";
import { tags, writeDer, writeOid } from "../der.ts";
import { equalBytes, sha256 } from "../hash.ts";
import { randomBytes } from "../random.ts";

/** The only way in which answers are encrypted to a recipient: RSA-OAEP and AES-256-CBC in CMS (RFC 5652, RFC 4055). */

const minimumModulus = 2048;

const nothing = writeDer(tags.null);
const sha256Algorithm = writeDer(tags.sequence, writeOid("2.16.840.1.101.3.4.2.1"), nothing);
const mgf1Algorithm = writeDer(tags.sequence, writeOid("1.2.840.113549.1.1.8"), sha256Algorithm);
const oaepAlgorithm = writeDer(
  tags.sequence,
  writeOid("1.2.840.113549.1.1.7"),
  writeDer(tags.sequence, writeDer(0xa0, sha256Algorithm), writeDer(0xa1, mgf1Algorithm)),
);
const aesCbc = writeOid("2.16.840.1.101.3.4.1.42");
const data = writeOid("1.2.840.113549.1.7.1");
const envelopedData = writeOid("1.2.840.113549.1.7.3");
const version2 = writeDer(tags.integer, Buffer.of(2));

/** Whether answers can be encrypted to a key, an SPKI in DER: it has to be RSA of 2,048 bits or more. */
export function isRecipientKey(spki: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
    const fits = key.asymmetricKeyType === "rsa" && modulusLength >= minimumModulus;
    return fits && equalBytes(key.export({ type: "spki", format: "der" }), spki);
  } catch {
    return false; // OpenSSL's words about malformed DER help nobody.
  }
}

/** Encrypts plaintext to a recipient's key, an SPKI in DER: a CMS ContentInfo with EnvelopedData, in DER. */
export async function envelopedDataFor(spki: Uint8Array, plaintext: Uint8Array): Promise<Buffer> {
  const contentKey = randomBytes(32);
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", contentKey, iv);
  const encrypted = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const encryptedKey = await encryptTo(spki, "RSAES_OAEP_SHA_256", contentKey);
  contentKey.fill(0);
  const recipient = writeDer(
    tags.sequence,
    version2,
    writeDer(0x80, sha256(spki)),
    oaepAlgorithm,
    writeDer(tags.octetString, encryptedKey),
  );
  const content = writeDer(
    tags.sequence,
    data,
    writeDer(tags.sequence, aesCbc, writeDer(tags.octetString, iv)),
    writeDer(0x80, encrypted),
  );
  return writeDer(
    tags.sequence,
    envelopedData,
    writeDer(0xa0, writeDer(tags.sequence, version2, writeDer(tags.set, recipient), content)),
  );
}
