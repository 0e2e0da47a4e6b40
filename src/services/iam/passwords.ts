import { IntegrityError } from "../../base/errors.ts";
import type { Argon2Cost } from "../../crypto/argon2.ts";
import { argon2id } from "../../crypto/argon2.ts";
import { equalBytes } from "../../crypto/hash.ts";
import { randomBytes } from "../../crypto/random.ts";
import type { Domain } from "../../keystore/domain.ts";
import type { Account, LoginProfile, User } from "./model/identity.ts";
import { requireConforming, violation } from "./model/password-policy.ts";

/** What one try at a password costs: 19 MiB and two passes, OWASP's recommendation for Argon2id. */
const usualCost: Argon2Cost = { memory: 19_456, passes: 2, lanes: 1 };

/**
 * A password as it is stored: its Argon2id hash in PHC string format, wrapped under the account's key, so that who has the
 * database alone has nothing to guess against. Throws PasswordPolicyViolation.
 */
export async function newPassword(
  user: User,
  password: string,
  { passwordPolicy }: Account,
  domain: Domain,
): Promise<Pick<LoginProfile, "wrappedHash" | "earlier">> {
  requireConforming(password, passwordPolicy);
  const { reusePrevention = 0 } = passwordPolicy ?? {};
  const { login } = user;
  const last = login === undefined ? [] : [login.wrappedHash, ...login.earlier];
  const forbidden = last.slice(0, reusePrevention);
  for (const wrapped of forbidden)
    if (await matches(user, password, wrapped, domain))
      throw violation(
        "Policy constraint violation with password reuse prevention during password change.",
      );
  const phc = formatPhc(usualCost, randomBytes(16), password);
  return {
    wrappedHash: domain.wrap(identityOf(user), Buffer.from(await phc, "utf8")),
    earlier: forbidden,
  };
}

/** Whether a password is the one of a user's login profile. */
export async function isPasswordOf(
  user: User,
  password: string,
  { wrappedHash }: LoginProfile,
  domain: Domain,
): Promise<boolean> {
  return matches(user, password, wrappedHash, domain);
}

async function matches(
  user: User,
  password: string,
  wrapped: Uint8Array,
  domain: Domain,
): Promise<boolean> {
  const { cost, salt, hash } = parsePhc(domain.unwrap(identityOf(user), wrapped).toString("utf8"));
  return equalBytes(hash, await argon2id(Buffer.from(password, "utf8"), salt, cost));
}

/** Bound to the user's id, which stays when the name changes. */
function identityOf({ userId }: User): readonly string[] {
  return ["password-hash", userId];
}

async function formatPhc(cost: Argon2Cost, salt: Uint8Array, password: string): Promise<string> {
  const hash = await argon2id(Buffer.from(password, "utf8"), salt, cost);
  const { memory, passes, lanes } = cost;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${lanes}$${base64(salt)}$${base64(hash)}`;
}

const phcPattern =
  /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

function parsePhc(text: string) {
  const [, memory, passes, lanes, salt, hash] = phcPattern.exec(text) ?? [];
  if (salt === undefined || hash === undefined)
    throw new IntegrityError("a stored password hash is not in a known format");
  return {
    cost: { memory: Number(memory), passes: Number(passes), lanes: Number(lanes) },
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replaceAll("=", "");
}
