import { lookup } from "node:dns";
import type { RequestOptions } from "node:https";
import type { LookupFunction } from "node:net";
import type { ProxyHosts, ProxyRoute } from "./hosts.ts";

/**
 * Where to connect. A name is resolved by the connection itself, once, and the address that was checked is the one it
 * connects to: there is no second resolution that could answer otherwise (DNS rebinding). `refusal` makes the error for an
 * address that the operator does not allow.
 */
export function connectionTarget(
  host: string,
  route: ProxyRoute,
  hosts: ProxyHosts,
  refusal: () => Error,
): RequestOptions {
  if (route !== "resolve") return { host: route.address, port: route.port };
  const checked: LookupFunction = (name, options, answer) =>
    lookup(name, { ...options, all: true }, (error, found) => {
      const [first] = found ?? [];
      if (error !== null) answer(error, []);
      else if (first === undefined || !found.every(({ address }) => hosts.permits(address)))
        answer(refusal(), []);
      else if (options.all === true) answer(null, [first]);
      else answer(null, first.address, first.family);
    });
  return { host, port: 443, lookup: checked };
}
