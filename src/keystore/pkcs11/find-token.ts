import type { Cryptoki } from "./cryptoki.ts";
import { cryptoki, word, wordLength } from "./structures.ts";
import { TokenError } from "./token-error.ts";

/** Where CK_TOKEN_INFO holds what we read, and how long it is. */
const labelLength = 32;
const flagsOffset = 96;
const tokenInfoLength = 208;

interface TokenInfo {
  readonly slot: bigint;
  readonly label: string;
  readonly flags: bigint;
}

/** Finds the slot of the token with this label. Throws TokenError when there is none, more than one, or no user to log in. */
export async function findToken(call: Cryptoki, label: string): Promise<bigint> {
  const slots = await listSlots(call);
  const tokens = await Promise.all(slots.map((slot) => readTokenInfo(call, slot)));
  const [token, ...others] = tokens.filter(
    (each) => each.label === label && (each.flags & cryptoki.CKF_TOKEN_INITIALIZED) !== 0n,
  );
  if (token === undefined)
    throw new TokenError(`no token is labelled \`${label}\``, { fault: "CLUSTER_NOT_FOUND" });
  if (others.length > 0)
    throw new TokenError(`several tokens are labelled \`${label}\``, {
      fault: "CLUSTER_NOT_FOUND",
    });
  if ((token.flags & cryptoki.CKF_USER_PIN_LOCKED) !== 0n)
    throw new TokenError(`the user of the token \`${label}\` is locked out`, {
      fault: "USER_LOCKED_OUT",
    });
  if ((token.flags & cryptoki.CKF_USER_PIN_INITIALIZED) === 0n)
    throw new TokenError(`the token \`${label}\` has no user yet`, { fault: "USER_NOT_FOUND" });
  return token.slot;
}

async function listSlots(call: Cryptoki): Promise<readonly bigint[]> {
  const withToken = 1;
  const count = word();
  await call("C_GetSlotList", withToken, null, count);
  // A slot may appear in between: CKR_BUFFER_TOO_SMALL then, and the next connection finds it.
  const slots = Buffer.alloc(Number(count.readBigUInt64LE()) * wordLength);
  if (slots.length > 0) await call("C_GetSlotList", withToken, slots, count);
  return Array.from({ length: Number(count.readBigUInt64LE()) }, (_, index) =>
    slots.readBigUInt64LE(index * wordLength),
  );
}

async function readTokenInfo(call: Cryptoki, slot: bigint): Promise<TokenInfo> {
  const info = Buffer.alloc(tokenInfoLength);
  await call("C_GetTokenInfo", slot, info);
  return {
    slot,
    label: info.toString("utf8", 0, labelLength).trimEnd(),
    flags: info.readBigUInt64LE(flagsOffset),
  };
}
