export const operationNames = [
  "GenerateDataKey",
  "Encrypt",
  "Decrypt",
  "GenerateMac",
  "VerifyMac",
] as const;
export type OperationName = (typeof operationNames)[number];

/** What one request is about; no two requests of a slice share a subject. */
export interface Subject {
  readonly number: number;
  /** 32 bytes, base64. */
  readonly plaintext: string;
  /** What Encrypt made of it; only Decrypt needs one. */
  readonly ciphertext?: string;
  /** What GenerateMac made of it; only VerifyMac needs one. */
  readonly mac?: string;
}

/** What an answer says, in whatever protocol. */
export interface Answer {
  readonly ciphertext?: string;
  readonly plaintext?: string;
  readonly mac?: string;
  readonly valid?: boolean;
}

/** An operation whose answers claim something that another operation proves. */
interface Maker {
  readonly provedBy: OperationName;
  claim(subject: Subject, answer: Answer): Subject;
}

/** An operation whose requests carry what another one made, and whose answers show by themselves whether they are right. */
interface Prover {
  readonly madeBy: OperationName;
  holds(subject: Subject, answer: Answer): boolean;
}

const makers: Readonly<Partial<Record<OperationName, Maker>>> = {
  GenerateDataKey: {
    provedBy: "Decrypt",
    claim: ({ number }, { ciphertext = "", plaintext = "" }) => ({ number, plaintext, ciphertext }),
  },
  Encrypt: {
    provedBy: "Decrypt",
    claim: (subject, { ciphertext = "" }) => ({ ...subject, ciphertext }),
  },
  GenerateMac: {
    provedBy: "VerifyMac",
    claim: (subject, { mac = "" }) => ({ ...subject, mac }),
  },
};

const provers: Readonly<Partial<Record<OperationName, Prover>>> = {
  Decrypt: {
    madeBy: "Encrypt",
    holds: (subject, { plaintext }) => plaintext === subject.plaintext,
  },
  VerifyMac: { madeBy: "GenerateMac", holds: (_subject, { valid }) => valid === true },
};

export function findMaker(operation: OperationName): Maker | undefined {
  return makers[operation];
}

export function findProver(operation: OperationName): Prover | undefined {
  return provers[operation];
}

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
