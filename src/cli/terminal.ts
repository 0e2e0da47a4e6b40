import type { ReadStream } from "node:tty";
import { OperatorError } from "../base/errors.ts";
import { secretBytes } from "../base/secret-bytes.ts";
import { equalBytes } from "../crypto/hash.ts";
import type { Ask } from "./commands.ts";

const keys = { interrupt: 3, endOfFile: 4, backspace: 8, lineFeed: 10, enter: 13, rubout: 127 };
const longest = 1_024;

/** Asks at the terminal, or takes the lines of a standard input that is none. Secrets stay in bytes that can be wiped. */
export function asking(input: ReadStream, write: (text: string) => void): Ask {
  const bytes = new InputBytes(input);
  const askOnce = async (prompt: string): Promise<Buffer> => {
    // Not before the terminal shows nothing any more: somebody, or something, may answer at once.
    const line = await readLine(bytes, input, () => write(`${prompt}: `));
    if (input.isTTY) write("\n");
    if (line === undefined || line.length === 0)
      throw new OperatorError(
        `${prompt}: nothing was given, at a terminal or as a line of standard input`,
      );
    return line;
  };
  return async (prompt, { again = false } = {}) => {
    const secret = await askOnce(prompt);
    if (!again || !input.isTTY) return secret;
    const second = await askOnce(`${prompt}, again`);
    const same = equalBytes(secret, second);
    second.fill(0);
    if (same) return secret;
    secret.fill(0);
    throw new OperatorError(`${prompt}: what was typed differs`);
  };
}

/** The next line without its end; undefined when there is none. A terminal is asked for it, and shows nothing of it. */
async function readLine(
  bytes: InputBytes,
  input: ReadStream,
  prompt: () => void,
): Promise<Buffer | undefined> {
  const line = secretBytes(longest);
  if (input.isTTY) input.setRawMode(true);
  try {
    if (input.isTTY) prompt();
    const length = input.isTTY ? await typeLine(bytes, line) : await takeLine(bytes, line);
    return length === undefined ? undefined : owned(line.subarray(0, length));
  } finally {
    line.fill(0);
    if (input.isTTY) input.setRawMode(false);
    bytes.rest();
  }
}

/** In memory of its own: Buffer.from would use the shared pool. */
function owned(bytes: Uint8Array): Buffer {
  const copy = secretBytes(bytes.length);
  copy.set(bytes);
  return copy;
}

async function takeLine(bytes: InputBytes, line: Buffer): Promise<number | undefined> {
  let length = 0;
  for (;;) {
    const byte = await bytes.next();
    if (byte === undefined && length === 0) return undefined;
    if (byte === undefined || byte === keys.lineFeed)
      return line[length - 1] === keys.enter ? length - 1 : length;
    line[requireRoom(length++)] = byte;
  }
}

async function typeLine(bytes: InputBytes, line: Buffer): Promise<number | undefined> {
  let length = 0;
  for (;;) {
    const byte = await bytes.next();
    if (byte === keys.interrupt) throw new OperatorError("given up");
    if (byte === undefined || byte === keys.endOfFile) return length > 0 ? length : undefined;
    if (isOneOf(byte, keys.enter, keys.lineFeed)) return length;
    if (isOneOf(byte, keys.backspace, keys.rubout)) length = withoutLast(line, length);
    else line[requireRoom(length++)] = byte;
  }
}

function isOneOf(byte: number, ...others: readonly number[]): boolean {
  return others.includes(byte);
}

/** The length without the last character, whose UTF-8 may have several bytes. */
function withoutLast(line: Uint8Array, length: number): number {
  let shorter = Math.max(0, length - 1);
  while (shorter > 0 && ((line[shorter] ?? 0) & 0xc0) === 0x80) shorter--;
  return shorter;
}

function requireRoom(length: number): number {
  if (length >= longest) throw new OperatorError(`a line has at most ${longest} bytes`);
  return length;
}

/** The bytes of an input one by one. What is behind a line waits for the next one; what was read is wiped. */
class InputBytes {
  readonly #input: ReadStream;
  #chunks: AsyncIterator<Buffer> | undefined;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(input: ReadStream) {
    this.#input = input;
  }

  async next(): Promise<number | undefined> {
    if (this.#at >= this.#chunk.length) {
      this.#chunk = await this.#read();
      this.#at = 0;
    }
    const byte = this.#chunk[this.#at];
    this.#chunk[this.#at++] = 0;
    return byte;
  }

  /** Lets the process end while nobody asks. A file as standard input keeps no process, and cannot be told. */
  rest(): void {
    this.#input.unref?.();
  }

  /** What comes next; nothing at the end. The input is not touched before somebody asks. */
  async #read(): Promise<Buffer> {
    this.#input.ref?.();
    this.#chunks ??= this.#input[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const { value, done } = await this.#chunks.next();
    return done === true ? Buffer.alloc(0) : value;
  }
}
