import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import * as tls from "node:tls";
import { newFolder } from "../faults/process.ts";
import { startThreads } from "./support.ts";

const folder = newFolder();
after(folder.remove);
const beside = dirname(folder.seed);
const files = { cert: join(beside, "cert.pem"), key: join(beside, "key.pem") };
execFileSync(
  "openssl",
  [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-keyout", files.key, "-out", files.cert, "-days", "2"],
    ...["-subj", "/CN=threads", "-addext", "subjectAltName=IP:127.0.0.1"],
  ],
  { stdio: "ignore" },
);
const { server, url } = await startThreads(folder, {
  arguments: ["--tls-cert", files.cert, "--tls-key", files.key],
});
after(() => server.child.kill("SIGKILL"));

/** More than would come to one thread by chance. */
const connections = 16;

for (const maxVersion of ["TLSv1.3", "TLSv1.2"] as const)
  test(`a session of ${maxVersion} that one thread began is taken up by all others`, async () => {
    const first = await open({ maxVersion });
    const session = await sessionOf(first);
    first.destroy();
    for (let at = 0; at < connections; at++) {
      const next = await open({ maxVersion, session });
      assert.ok(next.isSessionReused(), `connection ${at}`);
      next.destroy();
    }
  });

async function open(options: tls.ConnectionOptions): Promise<tls.TLSSocket> {
  const { hostname: host, port } = new URL(url);
  const ca = readFileSync(files.cert);
  const socket = tls.connect({ host, port: Number(port), ca, ...options });
  await once(socket, "secureConnect");
  return socket;
}

/** TLS 1.3 hands tickets out with the first bytes. */
async function sessionOf(socket: tls.TLSSocket): Promise<Buffer> {
  if (socket.getProtocol() === "TLSv1.2") {
    const session = socket.getSession();
    assert.ok(session !== undefined);
    return session;
  }
  socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const [session] = (await once(socket, "session")) as [Buffer];
  return session;
}
