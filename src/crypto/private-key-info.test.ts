import * as assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { test } from "node:test";
import { lengthBytes, only, readDer, sequence, tags, writeDer } from "./der.ts";
import { keySpecs } from "./key-spec.ts";
import { OpensslKey } from "./openssl-key.ts";
import { readPrivateKeyInfo } from "./private-key-info.ts";

const asymmetric = Object.entries(keySpecs).filter(
  ([spec, { keyType }]) => keyType === "asymmetric" && spec !== "RSA_3072" && spec !== "RSA_4096",
);
const keys = new Map<string, Awaited<ReturnType<(typeof keySpecs)["SM2"]["generate"]>>>();
for (const [spec, { generate }] of asymmetric) keys.set(spec, await generate());

const secretOf = (spec: string): Buffer => keys.get(spec)?.secret ?? Buffer.of();
const write = ({ tag, content }: { readonly tag: number; readonly content: Uint8Array }): Buffer =>
  writeDer(tag, content);

/** The values of a PrivateKeyInfo and those of the key in it, each written. */
function parts(der: Uint8Array) {
  const [version, algorithm, key, ...more] = sequence(only(der)) ?? [];
  assert.ok(version && algorithm && key && more.length === 0);
  const inner = (sequence(only(key.content)) ?? []).map(write);
  return { version: write(version), algorithm: write(algorithm), key: write(key), inner };
}

function withInner(der: Uint8Array, inner: readonly Uint8Array[]): Buffer {
  const { version, algorithm } = parts(der);
  const key = writeDer(tags.octetString, writeDer(tags.sequence, ...inner));
  return writeDer(tags.sequence, version, algorithm, key);
}

test("the keys that we make have the form of ours, and are the same keys to OpenSSL", async () => {
  for (const [spec, { secret, publicKey }] of keys) {
    using key = OpensslKey.fromPkcs8(secret);
    using foreign = OpensslKey.fromForeignPkcs8(secret);
    assert.ok(key && foreign, spec);
    assert.equal(key.type, foreign.type);
    assert.deepEqual(key.spki(), publicKey);
    assert.deepEqual(key.pkcs8(), secret);
    const known = createPrivateKey({ key: secret, format: "der", type: "pkcs8" });
    assert.deepEqual(known.export({ format: "der", type: "pkcs8" }), secret);
    assert.equal(await key.check(), true);
  }
});

test("a key is taken apart where it stands: nothing of it is copied", () => {
  for (const [, { secret }] of keys)
    for (const { kind, value } of readPrivateKeyInfo(secret)?.parameters ?? [])
      if (kind !== "text") assert.equal(value.buffer, secret.buffer);
});

test("whatever surrounds a key in another form is refused", () => {
  for (const [spec, { secret }] of keys) {
    const { version, algorithm, key } = parts(secret);
    const others = {
      "a byte behind it": Buffer.concat([secret, Buffer.of(0)]),
      "a byte less": secret.subarray(0, -1),
      attributes: writeDer(tags.sequence, version, algorithm, key, writeDer(0xa0)),
      "version 1": writeDer(tags.sequence, writeDer(tags.integer, Buffer.of(1)), algorithm, key),
      "no parameters of the algorithm": writeDer(
        tags.sequence,
        version,
        writeDer(tags.sequence, writeDer(tags.oid, Buffer.of(42, 3, 4))),
        key,
      ),
      "an empty key": writeDer(tags.sequence, version, algorithm, writeDer(tags.octetString)),
    };
    for (const [name, other] of Object.entries(others)) {
      assert.equal(readPrivateKeyInfo(other), undefined, `${spec} with ${name}`);
      assert.equal(OpensslKey.fromPkcs8(other), undefined);
    }
  }
});

/** Where the tags of all values stand, of those in the key too. */
function tagsIn(der: Buffer, part: Uint8Array = der, depth = 0): readonly number[] {
  return (readDer(part) ?? []).flatMap(({ tag, content }) => {
    const before = content.byteOffset - der.byteOffset - lengthBytes(content.length).length - 1;
    const isOuter =
      tag === tags.sequence || tag === 0xa1 || (tag === tags.octetString && depth === 1);
    return [before, ...(isOuter ? tagsIn(der, content, depth + 1) : [])];
  });
}

test("a value of another type is refused, wherever it stands", () => {
  for (const [spec, { secret }] of keys) {
    const places = tagsIn(secret);
    assert.ok(places.length >= 6, spec);
    for (const at of places) {
      const other = Buffer.from(secret);
      other.writeUInt8(other.readUInt8(at) ^ 0x40, at);
      assert.equal(readPrivateKeyInfo(other), undefined, `${spec} at ${at}`);
    }
  }
});

test("a seed of another length is refused", () => {
  for (const [spec, { secret }] of keys) {
    const { version, algorithm, key } = parts(secret);
    const seed = only(only(key)?.content ?? Buffer.of());
    if (!seed || seed.tag === tags.sequence) continue;
    for (const content of [seed.content.subarray(1), Buffer.concat([seed.content, Buffer.of(1)])]) {
      const other = writeDer(tags.octetString, writeDer(seed.tag, content));
      const info = writeDer(tags.sequence, version, algorithm, other);
      assert.equal(readPrivateKeyInfo(info), undefined, spec);
    }
  }
});

test("numbers of RSA that are not positive, not shortest, or more than those of two primes are refused", () => {
  const secret = secretOf("RSA_2048");
  const { inner } = parts(secret);
  assert.equal(inner.length, 9);
  assert.deepEqual(withInner(secret, inner), secret);
  for (const content of ["", "00", "80", "0001", "007f"]) {
    const exponent = writeDer(tags.integer, Buffer.from(content, "hex"));
    assert.equal(
      readPrivateKeyInfo(withInner(secret, inner.with(2, exponent))),
      undefined,
      content,
    );
  }
  const [version, ...numbers] = inner;
  const others = [numbers, inner.slice(0, 8), [...inner, writeDer(tags.integer, Buffer.of(1))]];
  for (const other of others) assert.equal(readPrivateKeyInfo(withInner(secret, other)), undefined);
  const multiple = writeDer(tags.integer, Buffer.of(1));
  assert.ok(version !== undefined);
  assert.equal(readPrivateKeyInfo(withInner(secret, [multiple, ...numbers])), undefined);
});

test("a scalar of another length, a point that is missing or compressed, and parameters inside are refused", () => {
  for (const [spec] of asymmetric) {
    const secret = secretOf(spec);
    const { inner } = parts(secret);
    const [version, scalar, point] = inner;
    if (inner.length !== 3 || !version || !scalar || !point) continue;
    const own = only(scalar)?.content ?? Buffer.of();
    const written = only(only(point)?.content ?? Buffer.of())?.content ?? Buffer.of();
    const pointOf = (...of: readonly Uint8Array[]): Buffer =>
      writeDer(0xa1, writeDer(tags.bitString, ...of));
    const others = [
      [version, scalar],
      [version, writeDer(tags.octetString, own.subarray(1)), point],
      [version, writeDer(tags.octetString, Buffer.of(0), own), point],
      [version, scalar, pointOf(Buffer.of(0, 2), written.subarray(2, 2 + own.length))],
      [version, scalar, pointOf(Buffer.of(0, 6), written.subarray(2))],
      [version, scalar, pointOf(Buffer.of(1), written.subarray(1))],
      [version, scalar, pointOf(written.subarray(0, -1))],
      [version, scalar, point, writeDer(0xa2)],
      [version, scalar, writeDer(0xa0, writeDer(tags.oid, Buffer.of(42))), point],
      [writeDer(tags.integer, Buffer.of(0)), scalar, point],
    ];
    assert.deepEqual(withInner(secret, inner), secret);
    for (const [index, other] of others.entries())
      assert.equal(readPrivateKeyInfo(withInner(secret, other)), undefined, `${spec} ${index}`);
  }
});

test("a point that is not on the curve makes no key", () => {
  const secret = Buffer.from(secretOf("ECC_NIST_P256"));
  secret.writeUInt8(secret.readUInt8(secret.length - 1) ^ 1, secret.length - 1);
  assert.notEqual(readPrivateKeyInfo(secret), undefined);
  assert.equal(OpensslKey.fromPkcs8(secret), undefined);
});

test("a curve's key in another form is imported in the form of ours", async () => {
  for (const spec of ["ECC_NIST_P256", "ECC_NIST_P521", "ECC_SECG_P256K1", "SM2"] as const) {
    const { secret, publicKey } = keys.get(spec) ?? {};
    assert.ok(secret && publicKey);
    const foreign = withInner(secret, parts(secret).inner.slice(0, 2));
    assert.equal(OpensslKey.fromPkcs8(foreign), undefined);
    assert.deepEqual(await keySpecs[spec].accept(foreign), { secret, publicKey });
  }
});

test("a key of RSA whose numbers are longer than its modulus is refused, not failed on", async () => {
  const secret = secretOf("RSA_2048");
  const { version, algorithm, inner } = parts(secret);
  const long = writeDer(tags.integer, Buffer.alloc(300, 1));
  const own = withInner(secret, inner.with(4, long));
  assert.notEqual(readPrivateKeyInfo(own), undefined);
  assert.equal(await keySpecs.RSA_2048.accept(own), undefined);
  const { key } = parts(own);
  const foreign = writeDer(tags.sequence, version, algorithm, key, writeDer(0xa0));
  using read = OpensslKey.fromForeignPkcs8(foreign);
  assert.equal(read?.type, "RSA");
  assert.equal(await keySpecs.RSA_2048.accept(foreign), undefined);
});

test("a key whose halves do not belong together is not imported, in whichever form", async () => {
  for (const spec of ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_P521", "SM2"] as const) {
    const [one, other] = [secretOf(spec), (await keySpecs[spec].generate()).secret];
    const [inner, others] = [parts(one).inner, parts(other).inner];
    // The modulus of RSA, the scalar of a curve.
    const mixed = withInner(one, inner.with(1, others[1] ?? Buffer.of()));
    assert.notEqual(readPrivateKeyInfo(mixed), undefined);
    assert.equal(await keySpecs[spec].accept(mixed), undefined);
  }
});
