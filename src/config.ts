import { readFileSync } from "node:fs";
import { BlockList, isIP, isIPv6 } from "node:net";
import { dirname } from "node:path";
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { OperatorError } from "./base/errors.ts";
import type { Kind, ListenAddress, LogLevel } from "./config-values.ts";
import { address, file, folder, level, region, regions, seconds, toggle } from "./config-values.ts";

/** The commands that take options. */
export const configured = [
  "start",
  "init",
  "serve",
  "status",
  "verify-audit",
  "audit",
  "explain",
] as const;
export type ConfiguredCommand = (typeof configured)[number];

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process. The only place that reads it. */
export const processEnvironment: Environment = process.env;

/** Everything that can be configured, checked. Paths are absolute, shutdownGrace is in seconds. */
export interface Config {
  readonly data: string;
  readonly rootKeyFile: string;
  readonly seed: string | undefined;
  readonly listen: ListenAddress;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly behindTlsProxy: boolean;
  readonly region: string;
  /** The regions that are answered; undefined means every well-formed name. */
  readonly regions: readonly string[] | undefined;
  readonly logLevel: LogLevel;
  readonly shutdownGrace: number;
}

/** A command line that cannot be understood. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** One row of the table of options. The flag and the environment variable follow from the row's name. */
interface Row<T> {
  readonly kind: Kind<T>;
  readonly default?: string;
  readonly commands: readonly ConfiguredCommand[];
  readonly summary: string;
}

const serving = ["start", "serve"] as const;

/** THE table of options. A relative path in `default` is relative to the working directory. */
const table = {
  config: { kind: file, commands: configured, summary: "configuration file, YAML or JSON" },
  data: {
    kind: folder,
    default: "keywright-data",
    commands: configured,
    summary: "data folder: database, audit journal, root key",
  },
  rootKeyFile: {
    kind: file,
    default: "<data>/root.key",
    commands: configured,
    summary: "file that holds the root key",
  },
  seed: {
    kind: file,
    commands: ["start", "serve", "init"],
    summary: "accounts, users, policies and keys that a new data folder begins with",
  },
  listen: {
    kind: address,
    default: "127.0.0.1:7567",
    commands: ["start", "serve", "init", "status"],
    summary: "address of the service; :port is loopback, port 0 any free port",
  },
  tlsCert: { kind: file, commands: serving, summary: "certificate chain for TLS, PEM" },
  tlsKey: { kind: file, commands: serving, summary: "private key of the certificate, PEM" },
  behindTlsProxy: {
    kind: toggle,
    default: "false",
    commands: serving,
    summary: "serve plain HTTP on any address, because a proxy in front ends TLS",
  },
  region: {
    kind: region,
    default: "us-east-1",
    commands: ["start", "init", "explain"],
    summary: "region written into the AWS profile, and the region that explain asks about",
  },
  regions: {
    kind: regions,
    commands: serving,
    summary: "the only regions that are answered; every well-formed name when not given",
  },
  logLevel: {
    kind: level,
    default: "info",
    commands: configured,
    summary: "error, warn, info or debug",
  },
  shutdownGrace: {
    kind: seconds,
    default: "10",
    commands: serving,
    summary: "seconds that requests in flight may take to finish on shutdown",
  },
} as const satisfies Readonly<Record<string, Row<unknown>>>;

type OptionName = keyof typeof table;
type ValueOf<R> =
  R extends Row<infer T> ? (R extends { default: string } ? T : T | undefined) : never;
type Settings = { readonly [N in Exclude<OptionName, "config">]: ValueOf<(typeof table)[N]> };

/** An option as the command line, the help texts and the documentation see it. */
export interface Option {
  readonly name: string;
  readonly flag: string;
  readonly variable: string;
  readonly placeholder: string;
  readonly default: string | undefined;
  readonly commands: readonly ConfiguredCommand[];
  readonly summary: string;
}

/** All options, in the order of the table. */
export const options: readonly Option[] = Object.entries<Row<unknown>>(table).map(
  ([name, row]) => ({
    name,
    flag: flagOf(name),
    variable: variableOf(name),
    placeholder: row.kind.placeholder,
    default: row.default,
    commands: row.commands,
    summary: row.summary,
  }),
);

const members = Object.keys(table).filter((name) => name !== "config");

/** What a configuration is made from. `flags` maps flags such as `--data` to their text. */
export interface Sources {
  readonly flags: ReadonlyMap<string, string>;
  readonly environment: Environment;
  readonly workingDirectory: string;
}

/** Text for an option, where it came from, and the folder its paths are relative to. */
interface Given {
  readonly text: string;
  readonly origin: string;
  readonly folder: string;
}

/** Makes the configuration: flag before environment before file before default. Throws UsageError or OperatorError. */
export function loadConfig(sources: Sources, command: ConfiguredCommand): Config {
  const { config, ...rows } = table;
  const path = given("config", sources);
  const fileMembers = path && readConfigFile(String(readValue(config, path)));
  const settings: Record<string, unknown> = {};
  for (const [name, row] of Object.entries<Row<unknown>>(rows)) {
    const found = given(name, sources, fileMembers) ?? defaultOf(row, sources, settings["data"]);
    settings[name] = found && readValue(row, found);
  }
  // Each value was read by its own row, which is what Settings says.
  return checkedConfig(settings as Settings, command);
}

function given(
  name: string,
  sources: Sources,
  fileMembers?: ReadonlyMap<string, Given>,
): Given | undefined {
  const flag = sources.flags.get(flagOf(name));
  const variable = sources.environment[variableOf(name)];
  const folder = sources.workingDirectory;
  if (flag !== undefined) return { text: flag, origin: flagOf(name), folder };
  if (variable) return { text: variable, origin: variableOf(name), folder };
  return fileMembers?.get(name);
}

function defaultOf(row: Row<unknown>, sources: Sources, data: unknown): Given | undefined {
  if (row.default === undefined) return undefined;
  const text = row.default.replace("<data>", () => String(data));
  return { text, origin: "default", folder: sources.workingDirectory };
}

function readValue(row: Row<unknown>, { text, origin, folder }: Given): unknown {
  const value = text === "" ? undefined : row.kind.parse(text, folder);
  if (value !== undefined) return value;
  const message = `${origin}: must be ${row.kind.rule}, not \`${text}\``;
  throw origin.startsWith("--") ? new UsageError(message) : new OperatorError(message);
}

function checkedConfig(settings: Settings, command: ConfiguredCommand): Config {
  const { tlsCert, tlsKey, ...rest } = settings;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new OperatorError("TLS needs both --tls-cert and --tls-key");
  const tls = tlsCert && tlsKey ? { certFile: tlsCert, keyFile: tlsKey } : undefined;
  if (takes(command, table.region) && rest.regions && !rest.regions.includes(rest.region))
    throw new OperatorError(
      `--region \`${rest.region}\` is not among --regions: give one of ${rest.regions.join(", ")}`,
    );
  if (takes(command, table.behindTlsProxy) && !tls && !rest.behindTlsProxy)
    requireLoopback(rest.listen);
  return Object.freeze({ ...rest, tls });
}

function takes(command: ConfiguredCommand, row: Row<unknown>): boolean {
  return row.commands.includes(command);
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

function requireLoopback({ host }: ListenAddress): void {
  const family = isIPv6(host) ? "ipv6" : "ipv4";
  if (host === "localhost" || (isIP(host) && loopback.check(host, family))) return;
  throw new OperatorError(
    `--listen \`${host}\` can be reached from other machines, so it needs TLS: ` +
      "give --tls-cert and --tls-key, or --behind-tls-proxy when a proxy in front ends TLS",
  );
}

function readConfigFile(path: string): ReadonlyMap<string, Given> {
  const lines = new LineCounter();
  const fault = (position: number, problem: string): OperatorError =>
    new OperatorError(`${path}:${lines.linePos(position).line}: ${problem}`);
  const document = parseDocument(readOperatorFile(path), {
    lineCounter: lines,
    prettyErrors: false,
  });
  const [error] = document.errors;
  if (error) throw fault(error.pos[0], `not valid YAML: ${error.message}`);
  if (document.contents === null) return new Map();
  if (!isMap(document.contents)) throw fault(0, "must be a mapping of members");
  const found = new Map<string, Given>();
  for (const { key, value } of document.contents.items) {
    const position = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
    const name = isScalar(key) ? String(key.value) : "";
    if (!members.includes(name))
      throw fault(position, `unknown member \`${name}\`; the members are ${members.join(", ")}`);
    const text = textOf(value);
    if (text === undefined)
      throw fault(position, `\`${name}\` must be text, a number, true or false`);
    const origin = `${path}:${lines.linePos(position).line}: ${name}`;
    found.set(name, { text, origin, folder: dirname(path) });
  }
  return found;
}

function textOf(node: unknown): string | undefined {
  if (isSeq(node)) return node.items.map((item) => textOf(item) ?? "").join(",");
  return isScalar(node) && node.value !== null ? String(node.value) : undefined;
}

/** Reads a text file that the operator named. Throws OperatorError. */
export function readOperatorFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new OperatorError(
      `cannot read ${path}: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}

function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function variableOf(name: string): string {
  return `KEYWRIGHT_${name.replaceAll(/[A-Z]/g, "_$&").toUpperCase()}`;
}
