import { parseArgs } from "node:util";
import type { BenchOptions } from "./measure.ts";
import { measure } from "./measure.ts";
import { operationNames } from "./operations.ts";
import { formatMeasurement } from "./report.ts";

const usage =
  "usage: npm run bench -- [--rounds 7] [--seconds 1] [--connections 1,16,64] [--operations GenerateDataKey,Encrypt,Decrypt]";

console.log(formatMeasurement(await measure(readOptions(process.argv.slice(2)))));

function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "7" },
      seconds: { type: "string", default: "1" },
      connections: { type: "string", default: "1,16,64" },
      operations: { type: "string", default: operationNames.join(",") },
    },
  });
  const wanted = values.operations.split(",");
  const operations = operationNames.filter((name) => wanted.includes(name));
  if (operations.length !== wanted.length) throw new RangeError(usage);
  return {
    rounds: positive(values.rounds),
    seconds: positive(values.seconds),
    connections: values.connections.split(",").map(positive),
    operations,
  };
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new RangeError(usage);
  return number;
}
