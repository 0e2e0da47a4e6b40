import { isIPv4, isIPv6 } from "node:net";
import { resolve } from "node:path";
import type { VerifierKey } from "./audit/note.ts";
import { parseVerifierKey } from "./audit/note.ts";
import { parseLogOrigin } from "./audit/witness.ts";
import { isRegionName, parseArn } from "./base/arn.ts";
import { canSplit, mostShares } from "./keystore/root/shares.ts";
import type { ProxyHosts } from "./keystore/xks/hosts.ts";
import { parseProxyHosts } from "./keystore/xks/hosts.ts";

/** The kinds of values that options have, and how their text is read. */

/** Where to listen. Port 0 lets the system choose. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const logLevels = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof logLevels)[number];

/** How the text of a value is read. `parse` gives undefined when the text breaks the rule. */
export interface Kind<T> {
  readonly placeholder: string;
  readonly rule: string;
  parse(text: string, folder: string): T | undefined;
}

export const file: Kind<string> = {
  placeholder: "FILE",
  rule: "a path",
  parse: (text, folder) => resolve(folder, text),
};
export const folder: Kind<string> = { ...file, placeholder: "FOLDER" };
export const address: Kind<ListenAddress> = {
  placeholder: "HOST:PORT",
  rule: "host:port, [IPv6 address]:port or :port",
  parse: parseAddress,
};
export const region: Kind<string> = {
  placeholder: "REGION",
  rule: "a region's name, such as us-east-1",
  parse: (text) => (isRegionName(text) ? text : undefined),
};
export const regions: Kind<readonly string[]> = {
  placeholder: "REGIONS",
  rule: "names of regions with commas between them",
  parse: parseRegions,
};
export const toggle: Kind<boolean> = {
  placeholder: "",
  rule: "true or false",
  parse: (text) => (/^(true|1)$/.test(text) ? true : /^(false|0)$/.test(text) ? false : undefined),
};
export const level: Kind<LogLevel> = {
  placeholder: "LEVEL",
  rule: logLevels.join(", "),
  parse: (text) => logLevels.find((level) => level === text),
};
export const factor: Kind<number> = {
  placeholder: "FACTOR",
  rule: "a number from 0.001 to 1000000",
  parse(text) {
    const value = /^\d{1,7}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
    return value >= 0.001 && value <= 1_000_000 ? value : undefined;
  },
};
export const seconds: Kind<number> = {
  placeholder: "SECONDS",
  rule: "a whole number of seconds up to 3600",
  parse: (text) => (/^\d{1,4}$/.test(text) && Number(text) <= 3600 ? Number(text) : undefined),
};

export const interval: Kind<number> = {
  placeholder: "SECONDS",
  rule: "a whole number of seconds from 1 to 3600",
  parse(given) {
    const value = /^\d{1,4}$/.test(given) ? Number(given) : 0;
    return value >= 1 && value <= 3_600 ? value : undefined;
  },
};

export const days: Kind<number> = {
  placeholder: "DAYS",
  rule: "a whole number of days up to 36500",
  parse: (given) =>
    /^\d{1,5}$/.test(given) && Number(given) <= 36_500 ? Number(given) : undefined,
};

export const mebibytes: Kind<number> = {
  placeholder: "MIB",
  rule: "a whole number of MiB up to 999999999",
  parse: (given) => (/^\d{1,9}$/.test(given) ? Number(given) : undefined),
};

/** A number of threads, or as many as the machine's processors want. */
export type Threads = number | "auto";

export const threads: Kind<Threads> = {
  placeholder: "N",
  rule: "auto, or a number of threads from 1 to 64",
  parse(given) {
    const value = /^\d{1,2}$/.test(given) ? Number(given) : 0;
    return given === "auto" ? "auto" : value >= 1 && value <= 64 ? value : undefined;
  },
};

export const text: Kind<string> = {
  placeholder: "TEXT",
  rule: "text",
  parse: (given) => given,
};

/** Where a secret comes from: never from the command line or the environment, which others can read. */
export type SecretFrom = { readonly file: string } | "ask";

export const secretFrom: Kind<SecretFrom> = {
  placeholder: "FILE",
  rule: "a file with the secret in its only line, or `ask`",
  parse: (given, folder) => (given === "ask" ? "ask" : { file: resolve(folder, given) }),
};

/** How many shares open the root key, of how many there are. */
export interface ShareCounts {
  readonly threshold: number;
  readonly count: number;
}

export const shares: Kind<ShareCounts> = {
  placeholder: "K/N",
  rule: `K/N, such as 3/5: K of N people, 2 ≤ K ≤ N ≤ ${mostShares}`,
  parse: parseShares,
};
export const keyArn: Kind<{ readonly key: string; readonly region: string }> = {
  placeholder: "ARN",
  rule: "the ARN of a KMS key or of an alias",
  parse: parseKeyArn,
};
export const endpoint: Kind<string> = {
  placeholder: "URL",
  rule: "an https URL without a path; http is for this machine only",
  parse: parseEndpoint,
};

export const proxyHosts: Kind<ProxyHosts> = {
  placeholder: "HOSTS",
  rule: "names of hosts, name=address:port, or ranges of addresses, with commas between them",
  parse: (text) => parseProxyHosts(text.split(",").map((entry) => entry.trim())),
};
export const milliseconds: Kind<number> = {
  placeholder: "MS",
  rule: "a whole number of milliseconds from 1 to 60000",
  parse(text) {
    const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    return value >= 1 && value <= 60_000 ? value : undefined;
  },
};

export const witnessKey: Kind<VerifierKey> = {
  placeholder: "KEY",
  rule: "the key that `keywright witness` prints",
  parse(text) {
    const key = parseVerifierKey(text);
    return key?.type === "cosignature" ? key : undefined;
  },
};
export const auditKeys: Kind<readonly VerifierKey[]> = {
  placeholder: "KEYS",
  rule: "keys that `keywright verify-audit` prints, with commas between them",
  parse: parseAuditKeys,
};

function parseAuditKeys(text: string): readonly VerifierKey[] | undefined {
  const keys = text.split(",").map((each) => parseVerifierKey(each.trim()));
  const known = keys.filter((key) => key !== undefined);
  const areOfDeployments = known.every(
    ({ name, type }) => type === "ed25519" && parseLogOrigin(`${name}/1`) !== undefined,
  );
  return known.length === keys.length && areOfDeployments ? known : undefined;
}

function parseShares(given: string): ShareCounts | undefined {
  const [, threshold, count] = (/^(\d{1,2})\/(\d{1,2})$/.exec(given) ?? []).map(Number);
  if (threshold === undefined || count === undefined || !canSplit(threshold, count))
    return undefined;
  return { threshold, count };
}

function parseKeyArn(given: string): { readonly key: string; readonly region: string } | undefined {
  const arn = parseArn(given);
  if (arn?.service !== "kms" || !isRegionName(arn.region)) return undefined;
  return /^(key|alias)\/./.test(arn.resource) ? { key: given, region: arn.region } : undefined;
}

function parseEndpoint(given: string): string | undefined {
  const url = URL.parse(given);
  if (url === null || url.pathname !== "/" || url.search !== "" || url.hash !== "")
    return undefined;
  if (url.username !== "" || url.password !== "") return undefined;
  const local = ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && local) ? url.origin : undefined;
}

function parseAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) return undefined;
  const [, v6, name] = match;
  if (v6 !== undefined) return isIPv6(v6) ? { host: v6, port } : undefined;
  if (name && /^[\d.]+$/.test(name) && !isIPv4(name)) return undefined;
  return { host: name || "127.0.0.1", port };
}

function parseRegions(text: string): readonly string[] | undefined {
  const names = text.split(",").map((name) => name.trim());
  return names.every(isRegionName) ? names : undefined;
}
