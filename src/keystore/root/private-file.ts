import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { OperatorError } from "../../base/errors.ts";
import { secretBytes } from "../../base/secret-bytes.ts";

/**
 * Reads a file of secrets that only its owner may read, in memory of its own: readFileSync would use Buffer's shared pool.
 * One byte more than `most` tells that it is longer. Throws OperatorError; `missing` says what a missing file means.
 */
export function readPrivateFile(path: string, most: number, missing: string): Buffer {
  const file = openExisting(path, missing);
  try {
    const stat = fstatSync(file);
    const { mode, uid } = stat;
    if (!stat.isFile()) throw new OperatorError(`${path} is not a file`);
    if ((mode & 0o077) !== 0)
      throw new OperatorError(
        `${path} can be read by others: run \`chmod 600 ${path}\` and consider what is in it exposed`,
      );
    if (process.getuid !== undefined && uid !== process.getuid())
      throw new OperatorError(
        `${path} belongs to another user: it must belong to the one who runs keywright`,
      );
    const buffer = secretBytes(most + 1);
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(file);
  }
}

function openExisting(path: string, missing: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    throw new OperatorError(missing, { cause });
  }
}

const longestLine = 1_024;

/** Reads the one line of a private file, without its end: a passphrase, a PIN. Throws OperatorError. */
export function readSecretLine(path: string, what: string): Buffer {
  const content = readPrivateFile(
    path,
    longestLine,
    `cannot open the file of the ${what}, ${path}`,
  );
  if (content.length > longestLine)
    throw new OperatorError(
      `${path} is longer than ${longestLine} bytes: it must hold the ${what} only`,
    );
  const end = content.indexOf("\n");
  const line = end < 0 ? content : content.subarray(0, end);
  if (line.length === 0 || (end >= 0 && end < content.length - 1))
    throw new OperatorError(`${path} must hold one line, the ${what}`);
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}
