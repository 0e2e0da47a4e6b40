import { keyIds } from "./seed.ts";

export const operationNames = ["GenerateDataKey", "Encrypt", "Decrypt"] as const;
export type OperationName = (typeof operationNames)[number];

/** What one request is about; no two requests of a slice share a subject. */
export interface Subject {
  readonly number: number;
  /** 32 bytes, base64. */
  readonly plaintext: string;
  /** What Encrypt made of it, base64; only Decrypt needs one. */
  readonly ciphertext?: string;
}

/** The members of the answers that are looked at. */
export interface Answer {
  readonly CiphertextBlob?: string;
  readonly Plaintext?: string;
}

/** A measured operation. Bodies are spaced as Python's json writes them. */
interface BenchOperation {
  body(subject: Subject): string;
  /** What an answer claims: this ciphertext holds this plaintext. Decrypt's own claim is its plaintext alone. */
  claim(subject: Subject, answer: Answer): Subject;
}

const keyId = ({ number }: Subject): string => `"KeyId": "${keyIds[number % keyIds.length]}"`;
const context = ({ number }: Subject): string =>
  `"EncryptionContext": {"purpose": "benchmark", "number": "${String(number).padStart(9, "0")}"}`;

export const operations: Readonly<Record<OperationName, BenchOperation>> = {
  GenerateDataKey: {
    body: (subject) => `{${keyId(subject)}, "KeySpec": "AES_256", ${context(subject)}}`,
    claim: ({ number }, { CiphertextBlob: ciphertext = "", Plaintext: plaintext = "" }) => {
      return { number, plaintext, ciphertext };
    },
  },
  Encrypt: {
    body: (subject) =>
      `{${keyId(subject)}, "Plaintext": "${subject.plaintext}", ${context(subject)}}`,
    claim: (subject, { CiphertextBlob: ciphertext = "" }) => ({ ...subject, ciphertext }),
  },
  Decrypt: {
    body: (subject) => `{"CiphertextBlob": "${subject.ciphertext}", ${context(subject)}}`,
    claim: (subject, { Plaintext: plaintext = "" }) => ({ ...subject, plaintext }),
  },
};

/** The headers, without those that Node adds itself, and the body of an answer as received. */
export function splitAnswer(text: string): {
  readonly headers: readonly string[];
  readonly body: string;
} {
  const headEnd = text.indexOf("\r\n\r\n");
  const [, ...lines] = text.slice(0, headEnd).split("\r\n");
  const headers = lines
    .filter((line) => !/^(Connection|Keep-Alive):/i.test(line))
    .flatMap((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]);
  return { headers, body: text.slice(headEnd + 4) };
}

export function readAnswer(text: string): Answer {
  return JSON.parse(splitAnswer(text).body) as Answer;
}
