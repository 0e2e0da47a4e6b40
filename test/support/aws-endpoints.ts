import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream";
import { createSecureContext, TLSSocket } from "node:tls";
import { makeAuthority } from "./authority.ts";
import type { TestServer } from "./keywright.ts";

/** AWS's own endpoints, as a client finds them that can be told of no others: all of them are one server of a test. */
export interface AwsEndpoints {
  /** What a client's environment must say. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * A proxy that leads connections to `*.amazonaws.com` to a server, and ends TLS in front of it with a certificate of an authority that the
 * client is told to trust. S3 may be another server. Other hosts are refused.
 */
export async function awsEndpoints(
  server: Pick<TestServer, "url">,
  regions: readonly string[] = ["us-east-1"],
  s3: () => string = () => server.url,
): Promise<AwsEndpoints> {
  const authority = makeAuthority();
  const names = regions.flatMap((region) => [
    `*.${region}.amazonaws.com`,
    `*.s3.${region}.amazonaws.com`,
  ]);
  const { certificate, key } = authority.issue("*.s3.amazonaws.com", "s3.amazonaws.com", ...names);
  const secureContext = createSecureContext({ cert: certificate, key });
  const open = new Set<Duplex>();
  const proxy = createServer((_request, response) => response.writeHead(405).end());
  proxy.on("connect", (request: IncomingMessage, client: Duplex) => {
    open.add(client);
    client.on("close", () => open.delete(client));
    if (/^[a-z0-9.-]+\.amazonaws\.com:443$/.test(request.url ?? ""))
      lead(client, /(^|\.)s3[.-]/.test(request.url ?? "") ? s3() : server.url);
    else client.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  const lead = (client: Duplex, url: string): void => {
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    const plain = new TLSSocket(client, { isServer: true, secureContext });
    const { hostname, port } = new URL(url);
    // Whichever side breaks off takes the other with it.
    pipeline(plain, connect(Number(port), hostname), plain, () => undefined);
  };
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  // INVARIANT: it listens on a port.
  const { port } = proxy.address() as AddressInfo;
  return {
    environment: {
      HTTPS_PROXY: `http://127.0.0.1:${port}`,
      AWS_CA_BUNDLE: authority.certificateFile,
    },
    async close() {
      for (const client of open) client.destroy();
      await new Promise((resolve) => proxy.close(resolve));
      authority.remove();
    },
  };
}
