import type { Clock } from "../base/clock.ts";
import type { JsonObject } from "../base/json.ts";
import type { Config, Environment } from "../config.ts";
import type { RootSourceKind } from "../keystore/root/source.ts";

/**
 * Asks a person for a secret: at a terminal without echo, else the next line of standard input. `again` has it typed twice
 * at a terminal, because nobody could read what a slip made of it. Throws OperatorError when there is nobody.
 */
export type Ask = (prompt: string, options?: { readonly again?: boolean }) => Promise<Buffer>;

/** What the command line needs of the process around it. `out` and `error` write one line each. */
export interface Io {
  readonly environment: Environment;
  readonly workingDirectory: string;
  readonly clock: Clock;
  readonly ask: Ask;
  out(line: string): void;
  error(line: string): void;
}

/** A line of a report: what, and its value. */
export type Fact = readonly [label: string, value: string];

/** What a command found. It exits with 1 when there are problems. */
export interface Findings {
  readonly facts: readonly Fact[];
  readonly problems: readonly string[];
}

/** Which audit records to print, oldest first. `limit` keeps the newest. */
export interface AuditFilter {
  readonly eventName: string | undefined;
  readonly key: string | undefined;
  readonly user: string | undefined;
  readonly accessKey: string | undefined;
  readonly since: Date | undefined;
  readonly limit: number | undefined;
}

/** What is known for a verification of the audit logs, besides the public key. */
export interface AuditKnowledge {
  /** The folder of the logs; those of the data folder when not given. */
  readonly folder?: string | undefined;
  /** Files with checkpoints that were kept elsewhere. */
  readonly checkpoints?: readonly string[];
  /** Records before this position may have been removed, because their time to be kept is over. */
  readonly keptFrom?: number | undefined;
  /** A file with a proof: only that is checked. */
  readonly proof?: string | undefined;
}

/** A request whose permission is to be explained. A condition key may have several values. */
export interface Question {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly region: string;
  /** A session policy as JSON, for sessions of roles. */
  readonly sessionPolicy?: string | undefined;
  readonly encryptionContext: Readonly<Record<string, string>>;
  readonly conditions: Readonly<Record<string, readonly string[]>>;
}

/** The answer to a question, and the policies, statements and conditions that decided, one a line. */
export interface Explanation {
  readonly decision: "allow" | "deny";
  readonly because: readonly string[];
}

/** What to do with the root source of a kind: wrap the root key with it, too; anew; or no more. */
export interface RootSourceChange {
  readonly change: "add" | "renew" | "remove";
  readonly kind: RootSourceKind;
}

/** Which costs to report. */
export interface CostQuestion {
  /** A moment within the month, in seconds since 1970. */
  readonly within: number;
  readonly account: string | undefined;
}

/** What one kind of use would have cost on AWS; amounts are decimal text. */
export interface CostRow {
  readonly account: string;
  readonly region: string;
  /** ARN; empty where calls name no key. */
  readonly key: string;
  /** Of requests; empty where the key itself costs something. */
  readonly operation: string;
  readonly quantity: string;
  readonly unit: "Keys" | "Requests";
  readonly cost: string;
}

/** What a month would have cost on AWS, the dearest first. */
export interface CostReport {
  /** As `2026-11`. */
  readonly month: string;
  /** Whether the month is not over yet. */
  readonly unfinished: boolean;
  readonly total: string;
  readonly rows: readonly CostRow[];
}

/** What the commands do, supplied by the composition root. Parsing, help, printing and exit codes are the command line's. */
export interface Commands {
  /** Creates a data folder, applies the seed, and returns what the operator needs to go on. */
  init(config: Config, io: Io): Promise<Findings>;
  /** Serves until SIGINT or SIGTERM; resolves when everything is closed. */
  serve(config: Config, io: Io): Promise<void>;
  /** `init` when the data folder is new, then `serve`. */
  start(config: Config, io: Io): Promise<void>;
  status(config: Config, io: Io): Promise<Findings>;
  prove(config: Config, eventId: string): Promise<string>;
  verifyAudit(config: Config, known: AuditKnowledge, io: Io): Promise<Findings>;
  audit(config: Config, filter: AuditFilter, io: Io): AsyncIterable<JsonObject>;
  explain(config: Config, question: Question, io: Io): Promise<Explanation>;
  /** Has a sealed server open its root key: by itself where it can, else with what people give. */
  unseal(config: Config, by: "passphrase" | undefined, io: Io): Promise<Findings>;
  /** Has a running server forget all keys. */
  seal(config: Config): Promise<Findings>;
  /** Lists what wraps the root key, after changing it if asked to. */
  rootSources(config: Config, change: RootSourceChange | undefined, io: Io): Promise<Findings>;
  /** Puts everything under a new root key; finishes a rotation that was interrupted. */
  rotateRoot(config: Config, io: Io): Promise<Findings>;
  /** What the use of keys in a month would have cost on AWS. */
  cost(config: Config, question: CostQuestion, io: Io): CostReport;
  /** Remembers the newest checkpoints of deployments until SIGINT or SIGTERM. */
  witness(config: Config, io: Io): Promise<void>;
}
