import { OperatorError } from "../base/errors.ts";
import { decryptGcm, encryptGcm } from "./gcm.ts";
import { equalBytes } from "./hash.ts";
import { openssl } from "./openssl.ts";
import { OpensslKey } from "./openssl-key.ts";
import { PreparedHmac } from "./prepared-hmac.ts";

/** RFC 8032, 7.3: the one vector of Ed25519ph. */
const ed25519ph = {
  privateKey:
    "302e020100300506032b657004220420833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
  message: "616263",
  signature:
    "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
};
/** RFC 6979, A.2.5: P-256, SHA-256 of "sample". */
const ecdsa = {
  publicKey:
    "3059301306072a8648ce3d020106082a8648ce3d0301070342000460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
  digest: "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf",
  signature:
    "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
};
/** RFC 4231, 4.3. */
const hmac = {
  key: "Jefe",
  text: "what do ya want for nothing?",
  mac: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
};
/** McGrew and Viega, The Galois/Counter Mode of Operation: test case 16. */
const gcm = {
  key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
  iv: "cafebabefacedbaddecaf888",
  authenticated: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
  plaintext:
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
  sealed:
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
};
const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");

/** Proves that node's OpenSSL can be called and answers rightly. Throws OperatorError where it cannot be used. */
export async function requireOpenssl(): Promise<void> {
  const advice = "run keywright with the node that its package brings along";
  try {
    openssl();
  } catch (cause) {
    throw new OperatorError(`this node gives no access to an OpenSSL 3.5: ${advice}`, { cause });
  }
  const signs = (await signsRightly()) && (await verifiesRightly());
  if (!signs || !authenticatesRightly() || !encryptsRightly())
    throw new OperatorError(`this node's OpenSSL gives wrong answers: ${advice}`);
}

function authenticatesRightly(): boolean {
  using key = new PreparedHmac(Buffer.from(hmac.key));
  return equalBytes(key.digest(hmac.text), bytes(hmac.mac));
}

function encryptsRightly(): boolean {
  const messageKey = { key: bytes(gcm.key), iv: bytes(gcm.iv) };
  const parts = [bytes(gcm.authenticated)];
  const sealed = Buffer.alloc(gcm.sealed.length / 2);
  encryptGcm(messageKey, parts, bytes(gcm.plaintext), sealed);
  const opened = decryptGcm(messageKey, parts, sealed);
  const other = decryptGcm(messageKey, [], sealed);
  const isRight = opened !== undefined && equalBytes(opened, bytes(gcm.plaintext));
  return isRight && other === undefined && equalBytes(sealed, bytes(gcm.sealed));
}

async function signsRightly(): Promise<boolean> {
  using key = OpensslKey.fromPkcs8(bytes(ed25519ph.privateKey));
  const scheme = { over: "message", algorithm: "ED25519ph" } as const;
  const signature = await key?.sign(scheme, bytes(ed25519ph.message), "pool");
  return signature !== undefined && equalBytes(signature, bytes(ed25519ph.signature));
}

async function verifiesRightly(): Promise<boolean> {
  using key = OpensslKey.fromSpki(bytes(ecdsa.publicKey));
  if (key === undefined) return false;
  const other = bytes(ecdsa.digest).reverse();
  return (
    (await key.verify({ over: "digest" }, bytes(ecdsa.digest), bytes(ecdsa.signature), "pool")) &&
    !(await key.verify({ over: "digest" }, other, bytes(ecdsa.signature), "pool"))
  );
}
