import { BlockList, isIP, isIPv6 } from "node:net";
import type { VerifierKey } from "./audit/note.ts";
import { OperatorError } from "./base/errors.ts";
import type { Given } from "./config-file.ts";
import { readConfigFile } from "./config-file.ts";
import type { ConfiguredCommand, Row } from "./config-table.ts";
import { flagOf, table, variableOf } from "./config-table.ts";
import type { ListenAddress, LogLevel, SecretFrom, ShareCounts, Threads } from "./config-values.ts";
import type { KmsKeyPlace } from "./keystore/root/kms.ts";
import type { RootSourceKind } from "./keystore/root/source.ts";
import { rootSourceKinds } from "./keystore/root/source.ts";
import type { TokenKeyPlace } from "./keystore/root/token.ts";
import type { ProxyHosts } from "./keystore/xks/hosts.ts";
import { noProxyHosts } from "./keystore/xks/hosts.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process. The only place that reads it. */
export const processEnvironment: Environment = process.env;

/** Threads of the pool for files and slow cryptography; bin/launch.mjs makes as many as the machine wants, node alone four. */
export const poolThreads = Number(processEnvironment["UV_THREADPOOL_SIZE"] ?? 4) || 1;

/** Everything that can be configured, checked. Paths are absolute, shutdownGrace is in seconds. */
export interface Config {
  readonly data: string;
  readonly rootKeyFile: string;
  readonly root: RootConfig;
  readonly seed: string | undefined;
  readonly listen: ListenAddress;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly behindTlsProxy: boolean;
  readonly region: string;
  /** The regions that are answered; undefined means every well-formed name. */
  readonly regions: readonly string[] | undefined;
  readonly attestationRoots: string | undefined;
  readonly customKeyStores: CustomKeyStoresConfig;
  readonly identityTokens: IdentityTokensConfig;
  readonly delivery: DeliveryConfig;
  /** The file of buckets that are kept elsewhere. */
  readonly buckets: string | undefined;
  readonly audit: AuditConfig;
  /** Who remembers the checkpoints of the audit log. */
  readonly witness: WitnessPlace | undefined;
  readonly witnessState: string;
  readonly auditKeys: readonly VerifierKey[];
  readonly logLevel: LogLevel;
  /** MiB. */
  readonly keyCache: number;
  /** Threads that answer HTTP. */
  readonly workers: Threads;
  readonly requestRateFactor: number;
  /** The file of prices; undefined means AWS's. */
  readonly prices: string | undefined;
  readonly shutdownGrace: number;
}

/** What is known of the root sources besides the file. A source that people open needs nothing here. */
export interface RootConfig {
  /** The sources that options name, or the file when none is named: what `init` makes. */
  readonly named: readonly RootSourceKind[];
  readonly passphraseFrom: SecretFrom | undefined;
  readonly shares: ShareCounts | undefined;
  readonly token: (TokenKeyPlace & { readonly pinFrom: SecretFrom }) | undefined;
  readonly kms: KmsKeyPlace | undefined;
}

/** What custom key stores may connect to, and how. */
export interface CustomKeyStoresConfig {
  readonly clustersFile: string | undefined;
  readonly hosts: ProxyHosts;
  readonly caFile: string | undefined;
  readonly client: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** In milliseconds. */
  readonly timeout: number;
}

/** Where a witness is, and the key that it cosigns with. */
export interface WitnessPlace {
  readonly url: string;
  readonly key: VerifierKey;
}

/** Which issuers of identity tokens may be connected to. */
export interface IdentityTokensConfig {
  readonly hosts: ProxyHosts;
  readonly caFile: string | undefined;
}

/** Where old audit records go, and what of the disk is kept free. */
export interface AuditConfig {
  readonly archive: string | undefined;
  /** In days. */
  readonly keep: number;
  /** In MiB. */
  readonly reserve: number;
}

/** How often trails deliver, in seconds. */
export interface DeliveryConfig {
  readonly filesEvery: number;
  readonly digestsEvery: number;
}

/** A command line that cannot be understood. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

type OptionName = keyof typeof table;
type ValueOf<R> =
  R extends Row<infer T> ? (R extends { default: string } ? T : T | undefined) : never;
type Settings = { readonly [N in Exclude<OptionName, "config">]: ValueOf<(typeof table)[N]> };

/** What a configuration is made from. `flags` maps flags such as `--data` to their text. */
export interface Sources {
  readonly flags: ReadonlyMap<string, string>;
  readonly environment: Environment;
  readonly workingDirectory: string;
}

/** Makes the configuration: flag before environment before file before default. Throws UsageError or OperatorError. */
export function loadConfig(sources: Sources, command: ConfiguredCommand): Config {
  const { config, ...rows } = table;
  const path = given("config", sources);
  const fileMembers = path && readConfigFile(String(readValue(config, path)));
  const settings: Record<string, unknown> = {};
  const named = new Set<string>();
  for (const [name, row] of Object.entries<Row<unknown>>(rows)) {
    const told = given(name, sources, fileMembers);
    if (told !== undefined) named.add(name);
    const found = told ?? defaultOf(row, sources, settings["data"]);
    settings[name] = found && readValue(row, found);
  }
  // Each value was read by its own row, which is what Settings says.
  return checkedConfig(settings as Settings, named, command);
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

function checkedConfig(
  settings: Settings,
  named: ReadonlySet<string>,
  command: ConfiguredCommand,
): Config {
  const { tlsCert, tlsKey } = settings;
  const { data, rootKeyFile, seed, listen, behindTlsProxy, region, regions } = settings;
  const {
    attestationRoots,
    keyCache,
    logLevel,
    prices,
    requestRateFactor,
    shutdownGrace,
    workers,
  } = settings;
  const rest = {
    data,
    rootKeyFile,
    seed,
    listen,
    behindTlsProxy,
    region,
    regions,
    attestationRoots,
  };
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new OperatorError("TLS needs both --tls-cert and --tls-key");
  const tls = tlsCert && tlsKey ? { certFile: tlsCert, keyFile: tlsKey } : undefined;
  if (takes(command, table.region) && rest.regions && !rest.regions.includes(rest.region))
    throw new OperatorError(
      `--region \`${rest.region}\` is not among --regions: give one of ${rest.regions.join(", ")}`,
    );
  if (takes(command, table.behindTlsProxy) && !tls && !rest.behindTlsProxy)
    requireLoopback(rest.listen);
  const root = rootConfig(settings, named);
  const customKeyStores = customKeyStoresConfig(settings);
  const { oidcHosts = noProxyHosts, oidcCa } = settings;
  return Object.freeze({
    ...rest,
    logLevel,
    keyCache,
    workers,
    requestRateFactor,
    prices,
    shutdownGrace,
    root,
    tls,
    customKeyStores,
    audit: {
      archive: settings.auditArchive,
      keep: settings.auditKeep,
      reserve: settings.auditReserve,
    },
    delivery: { filesEvery: settings.trailFilesEvery, digestsEvery: settings.trailDigestsEvery },
    buckets: settings.buckets,
    identityTokens: { hosts: oidcHosts, caFile: oidcCa },
    witness: witnessPlace(settings),
    witnessState: settings.witnessState,
    auditKeys: settings.auditKey ?? [],
  });
}

/** The option that names each root source. */
const namedBy: Readonly<Record<RootSourceKind, OptionName>> = {
  file: "rootKeyFile",
  passphrase: "rootPassphraseFrom",
  shares: "rootShares",
  token: "rootTokenModule",
  kms: "rootKmsKey",
};

function rootConfig(settings: Settings, given: ReadonlySet<string>): RootConfig {
  const { rootTokenModule: module, rootTokenLabel: label, rootKmsKey: key } = settings;
  if ((module === undefined) !== (label === undefined))
    throw new OperatorError(
      "a PKCS#11 token needs both --root-token-module and --root-token-label",
    );
  if (settings.rootKmsEndpoint !== undefined && key === undefined)
    throw new OperatorError("--root-kms-endpoint needs --root-kms-key");
  const named = rootSourceKinds.filter((kind) => given.has(namedBy[kind]));
  const { rootTokenKey, rootTokenPinFrom: pinFrom } = settings;
  return {
    named: named.length === 0 ? ["file"] : named,
    passphraseFrom: settings.rootPassphraseFrom,
    shares: settings.rootShares,
    token: module && label ? { module, label, key: rootTokenKey, pinFrom } : undefined,
    kms: key && { ...key, endpoint: settings.rootKmsEndpoint },
  };
}

function customKeyStoresConfig(settings: Settings): CustomKeyStoresConfig {
  const {
    xksClientCert: certFile,
    xksClientKey: keyFile,
    xksHosts: hosts = noProxyHosts,
  } = settings;
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new OperatorError(
      "a certificate for proxies needs both --xks-client-cert and --xks-client-key",
    );
  const client = certFile && keyFile ? { certFile, keyFile } : undefined;
  const { cloudhsmClusters: clustersFile, xksCa: caFile, xksTimeout: timeout } = settings;
  return { clustersFile, hosts, caFile, client, timeout };
}

function witnessPlace({ witness: url, witnessKey: key }: Settings): WitnessPlace | undefined {
  if ((url === undefined) !== (key === undefined))
    throw new OperatorError("a witness needs both --witness and --witness-key");
  return url !== undefined && key !== undefined ? { url, key } : undefined;
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
