import type { Cryptoki } from "./cryptoki.ts";
import type { KeyKind } from "./protocol.ts";
import type { Session } from "./sessions.ts";
import type { Attribute } from "./structures.ts";
import { cryptoki as ck, mechanism, template, word, wordLength } from "./structures.ts";
import { TokenError } from "./token-error.ts";

/** What is different about a kind of key. No key may do anything but its own work. */
const kinds = {
  hmac: {
    type: ck.CKK_GENERIC_SECRET,
    generation: ck.CKM_GENERIC_SECRET_KEY_GEN,
    uses: [ck.CKA_SIGN, ck.CKA_VERIFY],
  },
  aes: {
    type: ck.CKK_AES,
    generation: ck.CKM_AES_KEY_GEN,
    uses: [ck.CKA_ENCRYPT, ck.CKA_DECRYPT],
  },
} as const satisfies Readonly<Record<KeyKind, unknown>>;

const allUses = [
  ck.CKA_SIGN,
  ck.CKA_VERIFY,
  ck.CKA_ENCRYPT,
  ck.CKA_DECRYPT,
  ck.CKA_WRAP,
  ck.CKA_UNWRAP,
  ck.CKA_DERIVE,
];

/** What identifies a key of ours. A key that could be read out is not one, whatever its label. */
const identifying = (name: string, kind: KeyKind): readonly Attribute[] => [
  [ck.CKA_CLASS, ck.CKO_SECRET_KEY],
  [ck.CKA_KEY_TYPE, kinds[kind].type],
  [ck.CKA_LABEL, name],
  [ck.CKA_TOKEN, true],
  [ck.CKA_PRIVATE, true],
  [ck.CKA_SENSITIVE, true],
  [ck.CKA_EXTRACTABLE, false],
];

/** Makes a key of 256 bits in the token and returns its handle. */
export async function generateKey(
  call: Cryptoki,
  session: Session,
  name: string,
  kind: KeyKind,
): Promise<bigint> {
  if ((await findKey(call, session, name, kind)) !== undefined)
    throw new TokenError(`the token has a key \`${name}\` already`);
  const { generation, uses } = kinds[kind];
  const wanted = template([
    ...identifying(name, kind),
    [ck.CKA_VALUE_LEN, 32n],
    ...allUses.map((use): Attribute => [use, uses.some((each) => each === use)]),
  ]);
  const handle = word();
  await call(
    "C_GenerateKey",
    session,
    mechanism(generation),
    wanted,
    countOf(wanted.bytes),
    handle,
  );
  await requireMade(call, session, name, kind, handle.readBigUInt64LE());
  return handle.readBigUInt64LE();
}

/** A token that made a key that can be read out, or left its label away, has not made what was asked. */
async function requireMade(
  call: Cryptoki,
  session: Session,
  name: string,
  kind: KeyKind,
  handle: bigint,
): Promise<void> {
  if ((await findKey(call, session, name, kind)) === handle) return;
  await call("C_DestroyObject", session, handle);
  throw new TokenError("the token does not keep keys from being extracted");
}

/** Finds a key by its name. Throws TokenError when two have it: which one is meant cannot be known. */
export async function findKey(
  call: Cryptoki,
  session: Session,
  name: string,
  kind: KeyKind,
): Promise<bigint | undefined> {
  const wanted = template(identifying(name, kind));
  const found = Buffer.alloc(2 * wordLength);
  const count = word();
  await call("C_FindObjectsInit", session, wanted, countOf(wanted.bytes));
  await call("C_FindObjects", session, found, 2n, count);
  await call("C_FindObjectsFinal", session);
  if (count.readBigUInt64LE() > 1n) throw new TokenError(`the token has several keys \`${name}\``);
  return count.readBigUInt64LE() === 1n ? found.readBigUInt64LE() : undefined;
}

function countOf(attributes: Uint8Array): bigint {
  return BigInt(attributes.length / (3 * wordLength));
}
