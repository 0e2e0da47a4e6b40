// A bare node:http server for each answer in its arguments: reads the whole request, sends that answer. Prints its ports.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { EchoAnswer } from "./servers.ts";

const answers: readonly EchoAnswer[] = JSON.parse(process.argv[2] ?? "[]");
const ports = await Promise.all(answers.map(listen));
console.log(JSON.stringify(ports));
process.once("SIGTERM", () => process.exit());

function listen(answer: EchoAnswer): Promise<number> {
  const { body } = answer;
  const headers = [...answer.headers];
  const server = createServer((request, response) => {
    request.on("data", ignore);
    request.on("end", () => {
      response.writeHead(200, headers);
      response.end(body);
    });
  });
  // The header that Node writes of it must be as long as the service's.
  server.keepAliveTimeout = 65_000;
  const { promise, resolve } = Promise.withResolvers<number>();
  server.listen(0, "127.0.0.1", () => {
    // A TCP server's address is never a path.
    resolve((server.address() as AddressInfo).port);
  });
  return promise;
}

function ignore(): void {
  // Bytes are counted as read when they are delivered.
}
