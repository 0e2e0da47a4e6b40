import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { KMS, ServiceInputTypes, ServiceOutputTypes } from "@aws-sdk/client-kms";
import * as sdk from "@aws-sdk/client-kms";

/** What AWS's SDK for JavaScript knows of KMS: its model is the newest, so tests measure themselves by it. */

const exported: Readonly<Record<string, unknown>> = sdk;
const commandSuffix = "Command";

/** The members of a request, or of an answer, by name. */
export type Members = Readonly<Record<string, unknown>>;

/** Names of all operations of KMS. */
export const operationNames: readonly string[] = Object.keys(exported)
  .filter((name) => /^[A-Z]\w*Command$/.test(name))
  .map((name) => name.slice(0, -commandSuffix.length))
  .toSorted();

type Command = Parameters<typeof KMS.prototype.send<ServiceInputTypes, ServiceOutputTypes>>[0];

/** Calls an operation by its name. The request is checked by the service, not by the compiler. */
export async function call(client: KMS, operation: string, input: Members): Promise<Members> {
  const SomeCommand = exported[operation + commandSuffix] as new (input: Members) => Command;
  const { $metadata: _notes, ...members } = await client.send(new SomeCommand(input));
  return members;
}

const require = createRequire(import.meta.url);

/** The errors that an operation is documented to throw, its service's base class aside. */
export function documentedErrors(operation: string): readonly string[] {
  const path = `@aws-sdk/client-kms/dist-types/commands/${operation}Command.d.ts`;
  const text = readFileSync(require.resolve(path), "utf8");
  return [...text.matchAll(/@throws \{@link (\w+Exception)\}/g)]
    .map(([, name = ""]) => name)
    .filter((name) => name !== "KMSServiceException");
}

/** Members of an operation's answer. */
export function outputMembers(operation: string): readonly string[] {
  const [, , , , , output] = exported[`${operation}$`] as readonly unknown[];
  return structureOf(output).members;
}

/** A structure of the SDK's static model: [3, namespace, name, traits, members, their types, how many are required]. */
export function structureOf(reference: unknown): {
  readonly name: string;
  readonly members: readonly string[];
  readonly types: readonly unknown[];
  readonly required: readonly string[];
} {
  const structure: unknown = resolve(reference);
  if (!Array.isArray(structure)) return { name: "Unit", members: [], types: [], required: [] };
  const [, , name, , members, types, required = 0] = structure as unknown as readonly [
    number,
    string,
    string,
    unknown,
    readonly string[],
    readonly unknown[],
    number?,
  ];
  return { name, members, types, required: members.slice(0, required) };
}

/** Types that refer to later ones are functions. */
export function resolve(reference: unknown): unknown {
  return typeof reference === "function" ? (reference as () => unknown)() : reference;
}
