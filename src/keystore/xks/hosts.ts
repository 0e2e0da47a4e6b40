import { isIP } from "node:net";
import type { AddressRange } from "../../authorization/ip-address.ts";
import { contains, parseAddress, parseRange } from "../../authorization/ip-address.ts";

/**
 * Where the operator lets us go for external key store proxies. The URI of a proxy is a tenant's choice, so without
 * this list a tenant could make the service talk to whatever it can reach.
 */
export interface ProxyHosts {
  /** How to reach a host; undefined when it is not listed. */
  find(host: string): ProxyRoute | undefined;
  /** Whether a listed host may resolve to this address. */
  permits(address: string): boolean;
}

/** By name, to port 443; or to a fixed address and port. */
export type ProxyRoute = "resolve" | { readonly address: string; readonly port: number };

/** No host at all: what holds until the operator says otherwise. */
export const noProxyHosts: ProxyHosts = { find: () => undefined, permits: () => false };

/**
 * Reads the operator's list: `xks.example.com`, `xks.example.com=10.1.2.3:8443` (goes there, whatever DNS says), and
 * `10.0.0.0/8` (listed hosts may resolve to such addresses, which are not public). Undefined when an entry is none of these.
 */
export function parseProxyHosts(entries: readonly string[]): ProxyHosts | undefined {
  const routes = new Map<string, ProxyRoute>();
  const ranges: AddressRange[] = [];
  for (const entry of entries) {
    const [name = "", target, ...rest] = entry.toLowerCase().split("=");
    const range = entry.includes("/") ? parseRange(entry) : undefined;
    const route = target === undefined ? "resolve" : parseTarget(target);
    if (range !== undefined) ranges.push(range);
    else if (isHostName(name) && route !== undefined && rest.length === 0) routes.set(name, route);
    else return undefined;
  }
  return {
    find: (host) => routes.get(host.toLowerCase()),
    permits(text) {
      const address = parseAddress(text);
      if (address === undefined) return false;
      return isPublic(address) || ranges.some((range) => contains(range, address));
    },
  };
}

function isHostName(text: string): boolean {
  return text.length <= 253 && isIP(text) === 0 && /^[a-z\d-]+(\.[a-z\d-]+)+$/.test(text);
}

function parseTarget(text: string): ProxyRoute | undefined {
  const [, v6, v4, port] = /^(?:\[([\da-f:.]+)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = v6 ?? v4 ?? "";
  const number = Number(port);
  return isIP(address) !== 0 && number > 0 && number < 65_536
    ? { address, port: number }
    : undefined;
}

/** IANA's special-purpose registries (RFC 6890 and later): what is not globally reachable, or leads back to it. */
const special = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
].flatMap((text) => parseRange(text) ?? []);
const globalV6 = parseRange("2000::/3");
const anyV4 = parseRange("0.0.0.0/0");

function isPublic(address: bigint): boolean {
  const known = [globalV6, anyV4].some((range) => range !== undefined && contains(range, address));
  return known && !special.some((range) => contains(range, address));
}
