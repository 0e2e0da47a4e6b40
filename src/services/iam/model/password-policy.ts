import { AwsError } from "../../../base/errors.ts";

/** What an account demands of the passwords of its users. */
export interface PasswordPolicy {
  readonly minimumLength: number;
  readonly symbols: boolean;
  readonly numbers: boolean;
  readonly uppercase: boolean;
  readonly lowercase: boolean;
  /** Whether users may change their own passwords in the console. */
  readonly change: boolean;
  /** Days; absent where passwords do not expire. */
  readonly maxAge?: number;
  /** How many of the last passwords may not be used again. */
  readonly reusePrevention?: number;
  /** Whether an expired password can only be replaced by an administrator. */
  readonly hardExpiry?: boolean;
}

/** The kinds of characters of AWS's documentation. */
const kinds = [
  { member: "uppercase", pattern: /[A-Z]/, text: "uppercase letter" },
  { member: "lowercase", pattern: /[a-z]/, text: "lowercase letter" },
  { member: "numbers", pattern: /[0-9]/, text: "number" },
  { member: "symbols", pattern: /[!@#$%^&*()_+\-=[\]{}|']/, text: "symbol" },
] as const;

/** Refuses a password that does not conform to the account's policy, or, without one, to AWS's default policy. */
export function requireConforming(password: string, policy: PasswordPolicy | undefined): void {
  const { minimumLength } = policy ?? { minimumLength: 8 };
  if (password.length < minimumLength)
    throw violation(`Password should have a minimum length of ${minimumLength}`);
  const missing = kinds.filter(({ pattern }) => !pattern.test(password));
  if (policy === undefined && missing.length > 1)
    throw violation(
      "Password should have at least three of: uppercase letter, lowercase letter, number, symbol",
    );
  const demanded = missing.find(({ member }) => policy?.[member]);
  if (demanded !== undefined) throw violation(`Password should have at least one ${demanded.text}`);
}

/** The refusal of a password by the account's policy. */
export function violation(text: string): AwsError {
  return new AwsError("PasswordPolicyViolationException", text);
}
