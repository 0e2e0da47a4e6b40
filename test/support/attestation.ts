import { execFileSync } from "node:child_process";
import type { KeyObject } from "node:crypto";
import { createHash, generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "cborg";

/** Attestation documents as Nitro hypervisors make them, of an authority of the tests' own; OpenSSL makes the certificates. */

/** A certificate and its private key. */
export interface Holder {
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
}

/** What a certificate is to say. Extensions are lines of OpenSSL's configuration. */
export interface CertificateTerms {
  readonly name: string;
  readonly extensions: readonly string[];
  readonly days: number;
  readonly curve?: string;
  readonly digest?: string;
  /** A key that exists; a new one when not given. */
  readonly privateKey?: KeyObject;
}

const root: CertificateTerms = {
  name: "test.nitro-enclaves",
  days: 10_000,
  extensions: [
    "basicConstraints=critical,CA:true",
    "keyUsage=critical,digitalSignature,keyCertSign,cRLSign",
    "subjectKeyIdentifier=hash",
  ],
};

/** The certificates of a hypervisor, root first, as AWS issues them: regional, zonal, of an instance, of one enclave. */
export const nitroTerms: readonly CertificateTerms[] = [
  root,
  authority("us-east-1.test.nitro-enclaves", 20, 2),
  authority("zonal.us-east-1.test.nitro-enclaves", 6, 1),
  authority("i-0123456789abcdef0.us-east-1.test.nitro-enclaves", 2, 0),
  {
    name: "i-0123456789abcdef0-enc0123456789abcdef.us-east-1.test",
    days: 1,
    extensions: [
      "basicConstraints=critical,CA:false",
      "keyUsage=digitalSignature,nonRepudiation",
      "subjectKeyIdentifier=none",
      "authorityKeyIdentifier=none",
    ],
  },
];

function authority(name: string, days: number, pathLength: number): CertificateTerms {
  return {
    name,
    days,
    extensions: [
      `basicConstraints=critical,CA:true,pathlen:${pathLength}`,
      "keyUsage=critical,keyCertSign",
      "subjectKeyIdentifier=hash",
      "authorityKeyIdentifier=keyid",
    ],
  };
}

/** Issues certificates below a path, each signed by the one before it; the first of all by itself. */
export function issuePath(
  terms: readonly CertificateTerms[],
  above: readonly Holder[] = [],
): readonly Holder[] {
  const path = [...above];
  for (const each of terms) path.push(issue(each, path.at(-1)));
  return path;
}

/** Issues one certificate; without an issuer it is signed by its own key. */
export function issue(terms: CertificateTerms, issuer?: Holder): Holder {
  const folder = mkdtempSync(join(tmpdir(), "keywright-pki-"));
  const file = (name: string, content?: string): string => {
    const path = join(folder, name);
    if (content !== undefined) writeFileSync(path, content);
    return path;
  };
  const openssl = (...args: readonly string[]): unknown =>
    execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  const { name, days, extensions, curve = "secp384r1", digest = "sha384" } = terms;
  try {
    const { privateKey = generateKeyPairSync("ec", { namedCurve: curve }).privateKey } = terms;
    const key = file("key.pem", pem(privateKey));
    const request = file("request.pem");
    openssl("req", "-new", "-key", key, "-subj", `/C=US/O=Test/CN=${name}`, "-out", request);
    const signer =
      issuer === undefined
        ? ["-signkey", key]
        : ["-CA", file("ca.pem", issuer.certificate.toString()), "-CAkey"].concat(
            file("ca-key.pem", pem(issuer.privateKey)),
            "-CAcreateserial",
          );
    const wanted = ["-extfile", file("extensions.cnf", extensions.join("\n"))];
    const certificate = file("certificate.pem");
    const when = ["-days", String(days), `-${digest}`];
    openssl("x509", "-req", "-in", request, "-out", certificate, ...when, ...wanted, ...signer);
    return { certificate: new X509Certificate(readFileSync(certificate)), privateKey };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function pem(key: KeyObject): string {
  return String(key.export({ type: "pkcs8", format: "pem" }));
}

/** Members of a payload by name; undefined leaves one out. */
export type PayloadMembers = Readonly<Record<string, unknown>>;

/** A register's value that a test can name: the SHA-384 of the text. */
export function pcr(text: string): Buffer {
  return createHash("sha384").update(text).digest();
}

/** The payload of a document at a time, with changes. */
export function payloadOf(
  path: readonly Holder[],
  time: Date,
  changes: PayloadMembers = {},
): ReadonlyMap<string, unknown> {
  const certificates = path.map(({ certificate }) => certificate.raw);
  const members = {
    module_id: "i-0123456789abcdef0-enc0123456789abcdef",
    digest: "SHA384",
    timestamp: time.getTime(),
    pcrs: new Map(Array.from({ length: 16 }, (_, index) => [index, pcr(`PCR${index}`)])),
    certificate: certificates.at(-1),
    cabundle: certificates.slice(0, -1),
    public_key: null,
    user_data: null,
    nonce: null,
    ...changes,
  };
  return new Map(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** How a COSE_Sign1 message differs from a hypervisor's. */
export interface MessageChanges {
  readonly protectedHeader?: ReadonlyMap<number, number>;
  readonly unprotected?: ReadonlyMap<number, unknown>;
  readonly tagged?: boolean;
}

const es384 = -35;

/** A COSE_Sign1 message of a payload, signed with a key. */
export function signedMessage(
  payload: Uint8Array,
  key: KeyObject,
  changes: MessageChanges = {},
): Buffer {
  const { protectedHeader = new Map([[1, es384]]), unprotected = new Map(), tagged } = changes;
  const header = encode(protectedHeader);
  const signature = sign("sha384", encode(["Signature1", header, new Uint8Array(), payload]), {
    key,
    dsaEncoding: "ieee-p1363",
  });
  const message = encode([header, unprotected, payload, signature]);
  return Buffer.concat([tagged === true ? Buffer.of(0xd2) : Buffer.of(), message]);
}

/** A document that the last holder of a path signs at a time. */
export function attestationDocument(
  path: readonly Holder[],
  time: Date,
  changes: PayloadMembers = {},
  messageChanges: MessageChanges = {},
): Buffer {
  const signer = path.at(-1);
  if (signer === undefined) throw new RangeError("a path has a last certificate");
  return signedMessage(encode(payloadOf(path, time, changes)), signer.privateKey, messageChanges);
}
