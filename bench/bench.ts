import { fileURLToPath } from "node:url";
import { positive, readArguments, refuse } from "./arguments.ts";
import { measure } from "./measure.ts";
import { operationNames } from "./operations.ts";
import type { PeerOptions } from "./peers.ts";
import { publish } from "./publish.ts";
import { formatMeasurement } from "./report.ts";
import type { BenchOptions } from "./setting.ts";
import { parts } from "./setting.ts";

const usage = `usage: npm run bench -- [--rounds 3] [--seconds 1] [--connections 1,16,64,256]
         [--operations ${operationNames.join(",")}]
         [--parts ${parts.join(",")}] [--steady-seconds 60]
         [--peer NAME=URL]... [--vault URL] [--write]
A peer's requests are signed with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION; a Vault gets VAULT_TOKEN.`;

const values = readArguments(usage, {
  rounds: { type: "string", default: "3" },
  seconds: { type: "string", default: "1" },
  connections: { type: "string", default: "1,16,64,256" },
  operations: { type: "string", default: operationNames.join(",") },
  parts: { type: "string", default: parts.join(",") },
  "steady-seconds": { type: "string", default: "60" },
  peer: { type: "string", multiple: true, default: [] },
  vault: { type: "string" },
  write: { type: "boolean", default: false },
});
const measurement = await measure(readOptions());
console.log(formatMeasurement(measurement));
if (values.write) {
  const folder = fileURLToPath(new URL("../docs", import.meta.url));
  publish(measurement, folder, new Date().toISOString().slice(0, 10));
}

function readOptions(): BenchOptions {
  return {
    rounds: positive(usage, values.rounds),
    seconds: positive(usage, values.seconds),
    connections: values.connections.split(",").map((each) => positive(usage, each)),
    operations: choose(operationNames, values.operations),
    parts: choose(parts, values.parts),
    steadySeconds: positive(usage, values["steady-seconds"]),
    peers: [
      ...values.peer.map(readPeer),
      ...(values.vault === undefined ? [] : [readVault(values.vault)]),
    ],
  };
}

function choose<T extends string>(all: readonly T[], list: string): readonly T[] {
  const wanted = list.split(",");
  const chosen = all.filter((each) => wanted.includes(each));
  if (chosen.length !== wanted.length)
    return refuse(usage, `\`${list}\` names something else than ${all.join(", ")}`);
  return chosen;
}

function readPeer(text: string): PeerOptions {
  const at = text.indexOf("=");
  if (at < 1 || !URL.canParse(text.slice(at + 1)))
    return refuse(usage, `\`${text}\` is not NAME=URL`);
  const credentials = {
    accessKeyId: fromEnvironment("AWS_ACCESS_KEY_ID"),
    secret: fromEnvironment("AWS_SECRET_ACCESS_KEY"),
    region: process.env["AWS_REGION"] ?? "us-east-1",
  };
  return { speaks: "aws", name: text.slice(0, at), url: new URL(text.slice(at + 1)), credentials };
}

function readVault(url: string): PeerOptions {
  const token = fromEnvironment("VAULT_TOKEN");
  return { speaks: "vault", name: "Vault", url: new URL(url), token };
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  return value === undefined || value === "" ? refuse(usage, `${name} is not set`) : value;
}
