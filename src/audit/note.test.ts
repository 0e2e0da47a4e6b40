import * as assert from "node:assert/strict";
import { test } from "node:test";
import { generateSigningKey, signEd25519 } from "../crypto/signature.ts";
import { formatLogCheckpoint, logOrigin, parseLogCheckpoint } from "./log-checkpoint.ts";
import {
  cosignNote,
  formatVerifierKey,
  openNote,
  parseVerifierKey,
  signNote,
  verifierKey,
} from "./note.ts";
import { emptyRoot } from "./tree.ts";

const log = generateSigningKey();
const witness = generateSigningKey();
const origin = logOrigin("5a1f6b0e-3c7d-4e8a-9b21-0c1d2e3f4a5b", 3);
const text = formatLogCheckpoint({ origin, size: 12, root: emptyRoot });
const note = signNote(text, origin, log.privateKey, log.publicKey);
const key = verifierKey(origin, log.publicKey);
const cosigner = verifierKey("witness.example/w1", witness.publicKey, "cosignature");
const line = cosignNote(text, cosigner.name, 1_700_000_000, witness.privateKey, witness.publicKey);

test("a note is opened with the key that signed it alone", () => {
  assert.deepEqual(openNote(note, [key]), { text, signedBy: [{ key }], ignored: 0 });
  assert.equal(openNote(note, []), undefined);
  assert.equal(openNote(note, [verifierKey(origin, witness.publicKey)]), undefined);
  assert.equal(openNote(note, [verifierKey(`${origin}0`, log.publicKey)]), undefined);
});

test("no byte of a note can be changed", () => {
  const bytes = Buffer.from(note);
  for (let at = 0; at < bytes.length; at++)
    for (let to = 0; to < 256; to++) {
      if (to === bytes[at]) continue;
      const changed = Buffer.from(bytes);
      changed[at] = to;
      assert.equal(openNote(changed, [key]), undefined, `byte ${at} to ${to}`);
    }
});

test("no byte can be cut from a note, or added to it", () => {
  for (let end = 0; end < note.length; end++)
    assert.equal(openNote(note.slice(0, end), [key]), undefined);
  for (const more of ["\n", " ", "x", "\u2014", "\u2014 \n"])
    assert.equal(openNote(note + more, [key]), undefined);
});

test("signatures of unknown keys and repeated ones are passed over, and counted", () => {
  const own = note.slice(text.length + 1);
  assert.deepEqual(openNote(note + line + own, [key]), { text, signedBy: [{ key }], ignored: 2 });
});

test("a wrong signature of a known key makes the whole note wrong", () => {
  const other = formatLogCheckpoint({ origin, size: 13, root: emptyRoot });
  const wrong = cosignNote(other, cosigner.name, 1, witness.privateKey, witness.publicKey);
  assert.equal(openNote(note + wrong, [key, cosigner]), undefined);
});

test("a cosignature says when it was made, and cannot be moved to another time", () => {
  const opened = openNote(note + line, [key, cosigner]);
  assert.deepEqual(opened?.signedBy, [{ key }, { key: cosigner, time: 1_700_000_000 }]);
  const [, , base64 = ""] = line.trimEnd().split(" ");
  const moved = Buffer.from(base64, "base64");
  moved[11] = (moved[11] ?? 0) ^ 1;
  const later = `\u2014 ${cosigner.name} ${moved.toString("base64")}\n`;
  assert.equal(openNote(note + later, [cosigner]), undefined);
});

test("a signature of a log is no cosignature of the same key and name", () => {
  const asWitness = verifierKey(origin, log.publicKey, "cosignature");
  assert.equal(openNote(note, [asWitness]), undefined);
});

test("a note must be well-formed", () => {
  const own = note.slice(text.length + 1);
  const malformed = [
    text,
    text + own,
    `${text}\n`,
    `${text}\n${own.trimEnd()}`,
    `${text}\n${own}${"x".repeat(10)}\n`,
    `${text}\n${own.replace("\u2014 ", "- ")}`,
    `${text}\n${own.replace(origin, "")}`,
    `${text}\n${own.trimEnd()} more\n`,
    `${text}\r\n${own}`,
    `${note}\u2014 unknown AAAA\n`,
    `${note}\u2014 un+known AAAAAAAA\n`,
    note + line.repeat(64),
  ];
  for (const each of malformed)
    assert.equal(openNote(each, [key]), undefined, JSON.stringify(each));
  assert.equal(openNote(Buffer.from(note, "latin1"), [key]), undefined);
});

test("a text that no note can hold is not opened, however well it is signed", () => {
  const sign = (bytes: string): string => {
    const signature = signEd25519(log.privateKey, Buffer.from(bytes));
    const id = Buffer.alloc(4);
    id.writeUInt32BE(key.id);
    const base64 = Buffer.concat([id, signature]).toString("base64");
    return `${bytes}\n\u2014 ${origin} ${base64}\n`;
  };
  assert.ok(openNote(sign("plain\n"), [key]) !== undefined);
  assert.equal(openNote(sign("tab\there\n"), [key]), undefined);
  // What a lenient decoder puts in the place of bytes that are not UTF-8.
  const replaced = Buffer.from(sign("\ufffd\n"));
  assert.ok(openNote(replaced, [key]) !== undefined);
  assert.equal(openNote(Buffer.concat([Buffer.of(0xff), replaced.subarray(3)]), [key]), undefined);
});

test("only text that a note can hold is signed, under a name that a key can have", () => {
  const sign = (what: string, name: string): string =>
    signNote(what, name, log.privateKey, log.publicKey);
  for (const what of ["", "no newline", "a\tb\n", "\ud800\n"])
    assert.throws(() => sign(what, origin), RangeError);
  for (const name of ["", "two words", "a+b", "line\nbreak", "a\u2003b", "a\u0085b"])
    assert.throws(() => sign(text, name), RangeError);
});

test("a verifier key is read back as it was written, and in no other spelling", () => {
  for (const type of ["ed25519", "cosignature"] as const) {
    const written = formatVerifierKey(origin, log.publicKey, type);
    assert.deepEqual(parseVerifierKey(written), verifierKey(origin, log.publicKey, type));
    for (let at = 0; at < written.length; at++)
      for (const to of ["+", "A", "B", "0", "1", "=", " ", ""]) {
        if (to === written[at]) continue;
        const changed = written.slice(0, at) + to + written.slice(at + 1);
        assert.equal(parseVerifierKey(changed), undefined, changed);
      }
  }
});

test("a checkpoint is read back as it was written, and in no other spelling", () => {
  const root = emptyRoot;
  assert.equal(text, `${origin}\n12\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n`);
  assert.deepEqual(parseLogCheckpoint(text), { origin, size: 12, root });
  assert.deepEqual(parseLogCheckpoint(`${text}extension\n`), { origin, size: 12, root });
  const [, , base64 = ""] = text.split("\n");
  const malformed = [
    text.slice(0, -1),
    `${text.slice(0, -1)}x`,
    `${text}\n`,
    `\n12\n${base64}\n`,
    `${origin}\n012\n${base64}\n`,
    `${origin}\n-1\n${base64}\n`,
    `${origin}\n9007199254740992\n${base64}\n`,
    `${origin}\n12\n${base64.slice(0, -1)}\n`,
    `${origin}\n12\n${base64.slice(0, -2)}V=\n`,
    `${origin}\n12\n${base64.replaceAll("+", "-")}\n`,
    `${origin}\n12\n${Buffer.alloc(31).toString("base64")}\n`,
    `${origin}\n12\n`,
  ];
  for (const each of malformed) assert.equal(parseLogCheckpoint(each), undefined, each);
});
