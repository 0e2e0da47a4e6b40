import type { Kind } from "./config-values.ts";
import {
  address,
  auditKeys,
  days,
  endpoint,
  factor,
  file,
  folder,
  interval,
  keyArn,
  level,
  mebibytes,
  milliseconds,
  proxyHosts,
  region,
  regions,
  seconds,
  secretFrom,
  shares,
  text,
  threads,
  toggle,
  witnessKey,
} from "./config-values.ts";

/** The commands that take options. */
export const configured = [
  "start",
  "init",
  "serve",
  "status",
  "unseal",
  "seal",
  "verify-audit",
  "prove",
  "audit",
  "explain",
  "root-sources",
  "rotate-root",
  "cost",
  "witness",
] as const;
export type ConfiguredCommand = (typeof configured)[number];

/** One row of the table of options. The flag and the environment variable follow from the row's name. */
export interface Row<T> {
  readonly kind: Kind<T>;
  readonly default?: string;
  readonly commands: readonly ConfiguredCommand[];
  readonly summary: string;
}

const serving = ["start", "serve"] as const;
const listening = ["start", "serve", "witness"] as const;
/** Commands that work on a data folder. */
const holding = configured.filter((command) => command !== "witness");
/** Commands that open the root key, or make one. */
const opening = holding.filter(
  (command) => command !== "seal" && command !== "unseal" && command !== "cost",
);
const making = ["start", "init", "serve", "root-sources"] as const;

/** THE table of options. A relative path in `default` is relative to the working directory. */
export const table = {
  config: { kind: file, commands: configured, summary: "configuration file, YAML or JSON" },
  data: {
    kind: folder,
    default: "keywright-data",
    commands: holding,
    summary: "data folder: database, audit journal, root key",
  },
  rootKeyFile: {
    kind: file,
    default: "<data>/root.key",
    commands: opening,
    summary: "root source: a file that opens the root key",
  },
  rootPassphraseFrom: {
    kind: secretFrom,
    commands: opening,
    summary: "root source: a passphrase; the file that holds it, or `ask`",
  },
  rootShares: {
    kind: shares,
    commands: making,
    summary: "root source: so many of so many people together, such as 3/5",
  },
  rootTokenModule: {
    kind: file,
    commands: opening,
    summary: "root source: a key in a PKCS#11 token; the vendor's module",
  },
  rootTokenLabel: { kind: text, commands: opening, summary: "label of the token" },
  rootTokenPinFrom: {
    kind: secretFrom,
    default: "ask",
    commands: opening,
    summary: "file that holds the PIN of the token's user, or `ask`",
  },
  rootTokenKey: {
    kind: text,
    default: "keywright-root",
    commands: opening,
    summary: "label of the key in the token; made there when it is first needed",
  },
  rootKmsKey: {
    kind: keyArn,
    commands: opening,
    summary: "root source: a key of another KMS that speaks the AWS KMS API",
  },
  rootKmsEndpoint: {
    kind: endpoint,
    commands: opening,
    summary: "URL of that KMS; AWS's own endpoint of the key's region when not given",
  },
  seed: {
    kind: file,
    commands: ["start", "serve", "init"],
    summary: "accounts, users, policies and keys that a new data folder begins with",
  },
  listen: {
    kind: address,
    default: "127.0.0.1:7567",
    commands: ["start", "serve", "init", "status", "witness"],
    summary: "address of the service; :port is loopback, port 0 any free port",
  },
  tlsCert: { kind: file, commands: listening, summary: "certificate chain for TLS, PEM" },
  tlsKey: { kind: file, commands: listening, summary: "private key of the certificate, PEM" },
  behindTlsProxy: {
    kind: toggle,
    default: "false",
    commands: listening,
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
  attestationRoots: {
    kind: file,
    commands: serving,
    summary: "root certificates of attestation documents, PEM; without it Recipient is refused",
  },
  cloudhsmClusters: {
    kind: file,
    commands: serving,
    summary: "PKCS#11 tokens that CloudHSM key stores may name as clusters, YAML or JSON",
  },
  xksHosts: {
    kind: proxyHosts,
    commands: serving,
    summary: "hosts of external key store proxies that may be connected to; none when not given",
  },
  xksCa: {
    kind: file,
    commands: serving,
    summary:
      "authorities that issue the certificates of these proxies, PEM; the usual ones otherwise",
  },
  xksClientCert: {
    kind: file,
    commands: serving,
    summary: "certificate for proxies that ask for one, PEM",
  },
  xksClientKey: { kind: file, commands: serving, summary: "private key of that certificate, PEM" },
  xksTimeout: {
    kind: milliseconds,
    default: "250",
    commands: serving,
    summary: "milliseconds that a call to a proxy may take; AWS allows 250",
  },
  oidcHosts: {
    kind: proxyHosts,
    commands: serving,
    summary: "hosts of issuers of identity tokens that may be connected to; none when not given",
  },
  oidcCa: {
    kind: file,
    commands: serving,
    summary:
      "authorities that issue the certificates of these hosts, PEM; the usual ones otherwise",
  },
  trailFilesEvery: {
    kind: interval,
    default: "300",
    commands: serving,
    summary: "seconds between the log files that a trail delivers; 300 is as AWS",
  },
  trailDigestsEvery: {
    kind: interval,
    default: "3600",
    commands: serving,
    summary: "seconds between the digests that a trail signs; 3600 is as AWS",
  },
  buckets: {
    kind: file,
    commands: serving,
    summary: "buckets kept in a directory or in another S3-compatible store, YAML or JSON",
  },
  auditArchive: {
    kind: folder,
    commands: [...serving, "verify-audit", "prove", "audit"],
    summary: "folder that old audit records move to; without it all stay in the data folder",
  },
  auditKeep: {
    kind: days,
    default: "90",
    commands: serving,
    summary: "days for which audit records stay in the data folder when there is an archive",
  },
  auditReserve: {
    kind: mebibytes,
    default: "1024",
    commands: serving,
    summary: "MiB of the disk, or a twentieth of it if that is less, below which calls are refused",
  },
  witness: {
    kind: endpoint,
    commands: serving,
    summary: "URL of a witness that remembers the audit log's checkpoints; none when not given",
  },
  witnessKey: {
    kind: witnessKey,
    commands: serving,
    summary: "key of that witness, as it prints it",
  },
  witnessState: {
    kind: folder,
    default: "keywright-witness",
    commands: ["witness"],
    summary: "folder of the witness: its key, and the newest checkpoints",
  },
  auditKey: {
    kind: auditKeys,
    commands: ["witness", "verify-audit"],
    summary: "audit keys of deployments, as verify-audit prints them, with commas between them",
  },
  logLevel: {
    kind: level,
    default: "info",
    commands: configured,
    summary: "error, warn, info or debug",
  },
  keyCache: {
    kind: mebibytes,
    default: "64",
    commands: serving,
    summary: "MiB of memory for KMS keys in use, with their policies and grants",
  },
  workers: {
    kind: threads,
    default: "auto",
    commands: serving,
    summary:
      "threads that answer HTTP; auto is three for every four processors, at most eight; 1 where the system shares no port between threads",
  },
  requestRateFactor: {
    kind: factor,
    default: "100",
    commands: serving,
    summary: "how many times AWS's own request quotas an account may use; 1 is as AWS",
  },
  prices: {
    kind: file,
    commands: ["start", "serve", "cost"],
    summary: "what the use of keys would cost, YAML or JSON; AWS's prices when not given",
  },
  shutdownGrace: {
    kind: seconds,
    default: "10",
    commands: listening,
    summary: "seconds that requests in flight may take to finish on shutdown",
  },
} as const satisfies Readonly<Record<string, Row<unknown>>>;

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

/** `--root-key-file` for `rootKeyFile`. */
export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `KEYWRIGHT_ROOT_KEY_FILE` for `rootKeyFile`. */
export function variableOf(name: string): string {
  return `KEYWRIGHT_${name.replaceAll(/[A-Z]/g, "_$&").toUpperCase()}`;
}
