/** Character tests without regular expressions, which never run on tenant data. */

export const digits = "0123456789";
export const upperCase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
export const letters = `${upperCase}abcdefghijklmnopqrstuvwxyz`;

/** Whether text is not empty and has only the allowed characters. */
export function consistsOf(text: string, allowed: string): boolean {
  if (text === "") return false;
  for (const character of text) if (!allowed.includes(character)) return false;
  return true;
}

/** Whether text is a twelve-digit account id. */
export function isAccountId(text: string): boolean {
  return text.length === 12 && consistsOf(text, digits);
}

/**
 * Whether text is the path of a user, group or role: a slash, or from one slash to another whatever can be seen, but not the
 * wildcards, which no policy could name.
 */
export function isEntityPath(text: string): boolean {
  if (text === "/") return true;
  if (text.length < 3 || !text.startsWith("/") || !text.endsWith("/")) return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x21 || code > 0x7e || code === asterisk || code === questionMark) return false;
  }
  return true;
}

const asterisk = 0x2a;
const questionMark = 0x3f;

/** Whether every character may stand in a policy: tab, line feed, carriage return, U+0020 to U+00FF. */
export function isPolicyText(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const allowed = (code >= 0x20 && code <= 0xff) || code === 9 || code === 10 || code === 13;
    if (!allowed) return false;
  }
  return true;
}

/** A condition key in the spelling in which keys are compared: AWS ignores the case of A to Z in them. */
export function foldKey(key: string): string {
  for (let at = 0; at < key.length; at++)
    if (key.charCodeAt(at) > 0x7f) return [...key].map(foldLetter).join("");
  return key.toLowerCase();
}

function foldLetter(character: string): string {
  return character >= "A" && character <= "Z" ? character.toLowerCase() : character;
}
