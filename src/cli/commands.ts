import type { Clock } from "../base/clock.ts";
import type { JsonObject } from "../base/json.ts";
import type { Config, Environment } from "../config.ts";

/** What the command line needs of the process around it. `out` and `error` write one line each. */
export interface Io {
  readonly environment: Environment;
  readonly workingDirectory: string;
  readonly clock: Clock;
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

/** A request whose permission is to be explained. A condition key may have several values. */
export interface Question {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly region: string;
  readonly encryptionContext: Readonly<Record<string, string>>;
  readonly conditions: Readonly<Record<string, readonly string[]>>;
}

/** The answer to a question, and the policies, statements and conditions that decided, one a line. */
export interface Explanation {
  readonly decision: "allow" | "deny";
  readonly because: readonly string[];
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
  verifyAudit(config: Config, io: Io): Promise<Findings>;
  audit(config: Config, filter: AuditFilter): AsyncIterable<JsonObject>;
  explain(config: Config, question: Question): Promise<Explanation>;
}
