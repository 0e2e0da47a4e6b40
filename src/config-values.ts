import { isIPv4, isIPv6 } from "node:net";
import { resolve } from "node:path";
import { isRegionName } from "./base/arn.ts";

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
export const seconds: Kind<number> = {
  placeholder: "SECONDS",
  rule: "a whole number of seconds up to 3600",
  parse: (text) => (/^\d{1,4}$/.test(text) && Number(text) <= 3600 ? Number(text) : undefined),
};

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
