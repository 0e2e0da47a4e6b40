import { readDocument } from "./document.ts";
import { seedForm } from "./seed-form.ts";

/** The accounts that a new data folder begins with. Holds secrets. */
export interface Seed {
  readonly accounts: readonly SeedAccount[];
}

export interface SeedAccount {
  readonly id: string;
  readonly name: string | undefined;
  readonly policies: readonly SeedPolicy[];
  readonly groups: readonly SeedGroup[];
  readonly users: readonly SeedUser[];
  readonly rootAccessKeys: readonly SeedAccessKey[];
  readonly keys: readonly SeedKey[];
}

/** A named policy, customer managed or inline. `document` is JSON text. */
export interface SeedPolicy {
  readonly name: string;
  readonly document: string;
}

/** A group. `managedPolicies` are ARNs of AWS's policies or of policies of the same account. */
export interface SeedGroup {
  readonly name: string;
  readonly managedPolicies: readonly string[];
  readonly policies: readonly SeedPolicy[];
}

export interface SeedUser extends SeedGroup {
  readonly groups: readonly string[];
  readonly accessKeys: readonly SeedAccessKey[];
  readonly tags: Readonly<Record<string, string>>;
}

export interface SeedAccessKey {
  readonly id: string;
  readonly secret: string;
  readonly status: "Active" | "Inactive";
}

/** A symmetric encryption key. Without `material` it is generated, without `policy` it has the default key policy. */
export interface SeedKey {
  readonly id: string;
  readonly region: string;
  readonly description: string;
  /** 32 bytes. */
  readonly material: Uint8Array | undefined;
  readonly aliases: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly policy: string | undefined;
  readonly enabled: boolean;
  readonly rotationPeriodInDays: number | undefined;
}

/** The policy parser of the service: throws an Error whose message says what is wrong with the document. */
export type CheckPolicy = (document: string, kind: "key" | "identity") => void;

/** Reads a seed, YAML or JSON. Throws OperatorError with all problems, one a line, as `file:12: problem`. */
export function parseSeed(text: string, file: string, checkPolicy: CheckPolicy): Seed {
  return readDocument(text, file, seedForm(checkPolicy));
}
