import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { initialize } from "../src/composition/init.ts";
import { loadConfig } from "../src/config.ts";
import type { Sizes } from "./large-fill.ts";
import {
  accessKeyOf,
  aliasOf,
  fill,
  grantedKey,
  heavyKey,
  keyIdOf,
  userNameOf,
} from "./large-fill.ts";
import type { Slice } from "./load.ts";
import { runSlice } from "./load.ts";
import { splitAnswer } from "./operations.ts";
import { account, region, seed } from "./seed.ts";
import type { Server } from "./servers.ts";
import { serve } from "./servers.ts";
import { openSigner } from "./signing.ts";
import { quantiles } from "./statistics.ts";

export interface LargeOptions extends Sizes {
  /** Keys that are used at random. */
  readonly used: number;
  readonly seconds: number;
  readonly progress?: (what: string, done: number) => void;
}

/** What was measured, in the order of the table: a name, a figure, its unit. */
export type Figure = readonly [what: string, figure: number, unit: string];

/** Makes an installation of a size, unless the folder has one, and measures a server on it, as it is from its start on. */
export async function measureLarge(
  folder: string,
  options: LargeOptions,
): Promise<readonly Figure[]> {
  const data = join(folder, "data");
  if (!existsSync(data)) {
    mkdirSync(folder, { recursive: true });
    const seedFile = join(folder, "seed.json");
    writeFileSync(seedFile, JSON.stringify(seed));
    const flags = new Map([
      ["--data", data],
      ["--seed", seedFile],
    ]);
    const config = loadConfig({ flags, environment: {}, workingDirectory: folder }, "init");
    await initialize(config, quiet);
    await fill(config, options, options.progress);
  }
  return measureOn(data, options);
}

const quiet = {
  environment: {},
  workingDirectory: "",
  clock: () => new Date(),
  out: () => undefined,
  error: () => undefined,
  ask: () => Promise.reject(new Error("nobody is asked")),
};

async function measureOn(data: string, options: LargeOptions): Promise<readonly Figure[]> {
  const begun = performance.now();
  const server = await serve(data, undefined);
  const started = (performance.now() - begun) / 1_000;
  try {
    const figures: Figure[] = [["start to the first request", started, "s"]];
    figures.push(["resident at the start", resident(server), "MB"]);
    const load = new LargeLoad(server.port, options);
    figures.push(...(await load.keys(() => resident(server))));
    figures.push(...(await load.throughput()));
    figures.push(...(await load.pages()));
    figures.push(...(await load.grants()));
    figures.push(["resident at the end", resident(server), "MB"]);
    return figures;
  } finally {
    await server.stop();
  }
}

/** Megabytes of memory of a process; NaN where /proc does not tell. */
function resident({ pid }: Server): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) / 1_024;
}

type Body = Readonly<Record<string, unknown>>;

/** A slice with quantiles of its latencies, in seconds. */
interface TimedSlice extends Slice {
  readonly p50: number;
  readonly p99: number;
}

/** A client of an installation of a size. */
class LargeLoad {
  readonly #port: number;
  readonly #options: LargeOptions;
  readonly #signers = new Map<number, ReturnType<typeof openSigner>>();

  constructor(port: number, options: LargeOptions) {
    this.#port = port;
    this.#options = options;
  }

  /** The first and the second use of many keys by many callers, one after the other. */
  async keys(memory: () => number): Promise<readonly Figure[]> {
    const before = memory();
    const requests = this.#randomKeys().map((keyId, index) => this.#encrypt(keyId, index));
    const cold = await this.#send(requests, 1);
    const grown = memory() - before;
    const hot = await this.#send(requests, 1);
    return [
      ["first use of a key, p50", cold.p50 * 1_000, "ms"],
      ["first use of a key, p99", cold.p99 * 1_000, "ms"],
      ["second use, p50", hot.p50 * 1_000, "ms"],
      ["memory for each key and caller used", (grown * 1_024) / requests.length, "KB"],
    ];
  }

  /** Encrypt with keys in memory on 16 connections, side by side with one key. */
  async throughput(): Promise<readonly Figure[]> {
    const callers = Array.from({ length: this.#options.used }, () => 0);
    const random = this.#randomKeys();
    const slices = {
      one: callers.map(() => this.#encrypt(keyIdOf(0), 0)),
      many: random.map((keyId) => this.#encrypt(keyId, 0)),
      heavy: callers.map(() => this.#encrypt(heavyKey, 0)),
    };
    for (const requests of Object.values(slices)) await this.#send(requests, 16);
    const rates = { one: [0], many: [0], heavy: [0] };
    for (let round = 0; round < 5; round++)
      for (const name of ["one", "many", "heavy"] as const) {
        const { answered, elapsed } = await this.#send(slices[name], 16, this.#options.seconds);
        rates[name].push(answered / elapsed);
      }
    const rate = (name: keyof typeof rates): number => Math.max(...rates[name]);
    return [
      ["Encrypt with one key", rate("one"), "/s"],
      ["with all that are in memory", rate("many") / rate("one"), "of one"],
      ["with one of 100 grants and a policy of 32 KiB", rate("heavy") / rate("one"), "of one"],
    ];
  }

  /** The first page of each listing, and the last ones. */
  async pages(): Promise<readonly Figure[]> {
    const { keys, mostGrants } = this.#options;
    const deep = Math.max(0, keys - 101);
    const listings: readonly (readonly [string, Body, string])[] = [
      ["ListKeys", {}, keyIdOf(deep)],
      ["ListAliases", {}, aliasOf(deep)],
      ["ListGrants", { KeyId: grantedKey }, (mostGrants >> 1).toString(16).padStart(64, "0")],
      [
        "ListRetirableGrants",
        { RetiringPrincipal: `arn:aws:iam::${account}:user/${userNameOf(0)}` },
        deep.toString(16).padStart(64, "0"),
      ],
    ];
    const figures: Figure[] = [];
    for (const [operation, body, after] of listings) {
      const first = await this.#page(operation, { ...body, Limit: 100 });
      const marker =
        typeof first.answer["NextMarker"] === "string" ? first.answer["NextMarker"] : "";
      const Marker = markerAfter(marker, after);
      const last = await this.#page(operation, { ...body, Limit: 100, Marker });
      figures.push([`${operation}, first page`, first.milliseconds, "ms"]);
      figures.push([`${operation}, a page at the end`, last.milliseconds, "ms"]);
    }
    return figures;
  }

  /** A new grant on the key that has the most, and the first use of the key after it. */
  async grants(): Promise<readonly Figure[]> {
    await this.#ask("Encrypt", { KeyId: grantedKey, Plaintext: "AAAA" });
    const created: number[] = [];
    const used: number[] = [];
    for (let round = 0; round < 5; round++) {
      const grant = { KeyId: grantedKey, GranteePrincipal: `arn:aws:iam::${account}:user/bench` };
      const create = { ...grant, Operations: ["Decrypt"], Name: `large-${Date.now()}` };
      created.push((await this.#ask("CreateGrant", create)).milliseconds);
      const use = { KeyId: grantedKey, Plaintext: "AAAA" };
      used.push((await this.#ask("Encrypt", use)).milliseconds);
    }
    return [
      ["CreateGrant on the key of most grants", Math.min(...created), "ms"],
      ["Encrypt after it", Math.min(...used), "ms"],
    ];
  }

  /** The best of some times of one page. */
  async #page(operation: string, body: Body) {
    const pages = [];
    for (let round = 0; round < 5; round++) pages.push(await this.#ask(operation, body));
    const [best] = pages.toSorted((a, b) => a.milliseconds - b.milliseconds);
    if (best === undefined) throw new Error("no page");
    return best;
  }

  async #ask(operation: string, body: Body) {
    const request = this.#sign(operation, body, 0);
    const { kept, p50, failed } = await this.#slice([request], 1, 60);
    const text = splitAnswer(kept.get(0) ?? "").body;
    if (failed > 0) throw new Error(`${operation} was refused: ${text}`);
    return { answer: JSON.parse(text) as Body, milliseconds: p50 * 1_000 };
  }

  async #send(
    requests: readonly Buffer[],
    connections: number,
    seconds?: number,
  ): Promise<TimedSlice> {
    const slice = await this.#slice(requests, connections, seconds);
    if (slice.failed > 0) throw new Error(`${slice.failed} answers were not 200`);
    return slice;
  }

  async #slice(
    requests: readonly Buffer[],
    connections: number,
    seconds?: number,
  ): Promise<TimedSlice> {
    const repeat = seconds !== undefined && requests.length > 1;
    const slice = await runSlice({
      endpoint: { host: "127.0.0.1", port: this.#port },
      connections,
      request: (index) => requests[repeat ? index % requests.length : index],
      seconds: seconds ?? Number.POSITIVE_INFINITY,
      keep: () => requests.length === 1,
    });
    const [p50 = Number.NaN, p99 = Number.NaN] = quantiles(slice.latencies, 0.5, 0.99);
    return { ...slice, p50, p99 };
  }

  #randomKeys(): readonly string[] {
    const { keys, used } = this.#options;
    const step = Math.max(1, Math.floor(keys / used));
    // A prime apart, so that neighbours in time are none in the database.
    return Array.from({ length: used }, (_, index) => keyIdOf((index * 7_919 * step) % keys));
  }

  #encrypt(keyId: string, caller: number): Buffer {
    return this.#sign("Encrypt", { KeyId: keyId, Plaintext: "c2VjcmV0" }, caller);
  }

  #sign(operation: string, body: Body, caller: number): Buffer {
    const index = caller % this.#options.principals;
    const signer = this.#signers.getOrInsertComputed(index, () => {
      const { id, secret } = accessKeyOf(index);
      const host = `127.0.0.1:${this.#port}`;
      return openSigner({ accessKeyId: id, secret, region, host }, new Date());
    });
    return signer(`TrentService.${operation}`, JSON.stringify(body));
  }
}

/** The marker of the same listing behind another entry. */
function markerAfter(marker: string, entry: string): string {
  const [listing] = JSON.parse(
    Buffer.from(marker, "base64url").toString("utf8"),
  ) as readonly string[];
  return Buffer.from(JSON.stringify([listing, entry])).toString("base64url");
}
