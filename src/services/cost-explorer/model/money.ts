/** Amounts are whole numbers of 10^-18: so nothing is lost where a month is divided by its hours and added up again. */
export const one = 10n ** 18n;

/** Decimals that an amount is shown with, at most. */
const shown = 10;

/** Reads an amount such as `0.03`; undefined when it is none. */
export function parseAmount(text: string): bigint | undefined {
  const [, whole, fraction = ""] = /^(\d{1,9})(?:\.(\d{1,10}))?$/.exec(text) ?? [];
  return whole === undefined ? undefined : BigInt(whole + fraction.padEnd(18, "0"));
}

/** An amount as Cost Explorer writes it: `6.94`, `0.0000030000` without its last zeros. */
export function formatAmount(amount: bigint, decimals = shown): string {
  const { whole, fraction } = rounded(amount, decimals);
  const kept = fraction.replace(/0+$/, "");
  return kept === "" ? whole : `${whole}.${kept}`;
}

/** An amount with all of so many decimals, as `6.94`. */
export function fixedAmount(amount: bigint, decimals: number): string {
  const { whole, fraction } = rounded(amount, decimals);
  return `${whole}.${fraction}`;
}

function rounded(amount: bigint, decimals: number): { whole: string; fraction: string } {
  const unit = 10n ** BigInt(18 - decimals);
  const digits = ((amount + unit / 2n) / unit).toString().padStart(decimals + 1, "0");
  return { whole: digits.slice(0, -decimals), fraction: digits.slice(-decimals) };
}
