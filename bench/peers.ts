import type { AwsTarget, Credentials } from "./aws.ts";
import { openAws, scheduleDeletion } from "./aws.ts";
import type { Client } from "./client.ts";
import type { Contestant } from "./contest.ts";
import { ClientContestant } from "./contest.ts";
import type { Endpoint } from "./load.ts";
import { openVault } from "./vault.ts";

/** Another service that does the same, which somebody has started. */
export type PeerOptions =
  | {
      readonly speaks: "aws";
      readonly name: string;
      readonly url: URL;
      readonly credentials: Credentials;
    }
  | {
      readonly speaks: "vault";
      readonly name: string;
      readonly url: URL;
      readonly token: string;
    };

/** A peer with the keys that it was given. */
export interface OpenPeer {
  readonly contestant: Contestant;
  /** Lets go of the keys where that can be done. */
  close(): Promise<void>;
}

/** Peers answer some hundred requests a second: slices are longer, and a slow one is not asked on 256 connections. */
const manners = { pace: 500, patience: 2, mostConnections: 64 };

/** Makes keys over the peer's own API. */
export async function openPeer(options: PeerOptions): Promise<OpenPeer> {
  const { name, url } = options;
  const endpoint = endpointOf(options);
  const contestant = (client: Client): Contestant =>
    new ClientContestant({ name, client, ...manners });
  if (options.speaks === "vault") {
    const client = await openVault(url, endpoint, options.token);
    return { contestant: contestant(client), close: async () => undefined };
  }
  const { credentials } = options;
  const target: AwsTarget = await openAws(endpoint, { user: credentials, admin: credentials });
  return { contestant: contestant(target.client), close: () => scheduleDeletion(target) };
}

function endpointOf({ url: { protocol, hostname, port, pathname } }: PeerOptions): Endpoint {
  const secure = protocol === "https:";
  if ((!secure && protocol !== "http:") || pathname !== "/")
    throw new RangeError("a peer's URL is http:// or https://, a host and a port");
  const host = hostname.replaceAll(/[[\]]/g, "");
  return { host, port: Number(port) || (secure ? 443 : 80), ...(secure ? { tls: {} } : {}) };
}
