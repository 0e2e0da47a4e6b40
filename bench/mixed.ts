import { createPublicKey, randomBytes, verify } from "node:crypto";
import type { AwsTarget } from "./aws.ts";
import { makeKeys } from "./aws.ts";
import type { Client } from "./client.ts";
import { Management } from "./management.ts";
import { splitAnswer } from "./operations.ts";
import { openSigner } from "./signing.ts";
import { quantiles } from "./statistics.ts";

const kinds = ["symmetric", "signing", "management"] as const;
type Kind = (typeof kinds)[number];

/** Latencies of one kind of request in one slice, in seconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** Symmetric operations alone, and the mixed load by kind, in one round. */
export interface MixedRound {
  readonly alone: Latency;
  readonly mixed: Readonly<Record<Kind, Latency>>;
  /** Answers of the mixed load, by kind, and all of them a second. */
  readonly answered: Readonly<Record<Kind, number>>;
  readonly rate: number;
}

export interface Pace {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
}

/** A slice of the mixed load. */
interface MixedSlice extends Omit<MixedRound, "alone"> {
  /** Seconds that it took, and the longest time in which no connection got an answer. */
  readonly elapsed: number;
  readonly pause: number;
}

/** More than is answered in a second; who answers more ends a slice early. */
export const mostPerSecond = 20_000;

/** 80 of 100 requests symmetric, 15 of signing, 5 of management, in turns with symmetric ones alone. */
export async function measureMixed(target: AwsTarget, pace: Pace): Promise<readonly MixedRound[]> {
  const mixture = await Mixture.open(target);
  const rounds: MixedRound[] = [];
  for (let round = 0; round < pace.rounds; round++) {
    const alone = await symmetricAlone(target.client, pace);
    const { mixed, answered, rate } = await mixture.run(pace);
    rounds.push({ alone, mixed, answered, rate });
  }
  return rounds;
}

/** A slice of Encrypt, Decrypt and GenerateDataKey in equal parts. */
export async function symmetricAlone(client: Client, pace: Pace): Promise<Latency> {
  const requests = await symmetricRequests(client, Math.ceil(mostPerSecond * pace.seconds));
  const load = { connections: pace.connections, seconds: pace.seconds, keep: () => false };
  const slice = await client.caller.send({ ...load, request: (index) => requests[index] });
  return latencyOf(slice.latencies);
}

/** Requests of Encrypt, Decrypt and GenerateDataKey by turns. */
export async function symmetricRequests(client: Client, count: number): Promise<readonly Buffer[]> {
  const each = Math.ceil(count / 3);
  const encrypt = await client.prepare("Encrypt", each);
  const decrypt = await client.prepare("Decrypt", each);
  const generate = await client.prepare("GenerateDataKey", each);
  return encrypt.requests.flatMap((request, index) =>
    [request, decrypt.requests[index], generate.requests[index]].filter((one) => one !== undefined),
  );
}

interface SigningKey {
  readonly id: string;
  readonly algorithm: string;
  verifies(message: Buffer, signature: Buffer): boolean;
}

/** Makes and sends the mixed load, slice by slice. */
export class Mixture {
  readonly #target: AwsTarget;
  readonly #signingKeys: readonly SigningKey[];
  readonly #management: Management;

  static async open(target: AwsTarget): Promise<Mixture> {
    return new Mixture(target, await makeSigningKeys(target));
  }

  constructor(target: AwsTarget, signingKeys: readonly SigningKey[]) {
    this.#target = target;
    this.#signingKeys = signingKeys;
    this.#management = new Management(target);
  }

  /** One slice; requests are made before it for `most` a second. */
  async run({
    seconds,
    connections,
    most = mostPerSecond,
  }: Omit<Pace, "rounds"> & { readonly most?: number }): Promise<MixedSlice> {
    const { client, caller } = this.#target;
    const count = Math.ceil(most * seconds);
    const symmetric = await symmetricRequests(client, share(count, "symmetric"));
    const signing = this.#signRequests(share(count, "signing"));
    const management = await this.#management.requests(share(count, "management"));
    const sources = { symmetric, signing: signing.map((each) => each.request), management };
    const slots = arrange(count);
    const slice = await caller.send({
      connections,
      seconds,
      request: (index) => {
        const slot = slots[index];
        return slot === undefined ? undefined : sources[slot.kind][slot.at];
      },
      keep: (index) => slots[index]?.kind === "signing" && (slots[index]?.at ?? 0) % 50 === 0,
    });
    this.#management.settle(
      slots.slice(0, slice.sent).filter((slot) => slot.kind === "management").length,
    );
    for (const [index, text] of slice.kept) signing[slots[index]?.at ?? -1]?.check(text);
    const latencies: Record<Kind, number[]> = { symmetric: [], signing: [], management: [] };
    for (const [at, latency] of slice.latencies.entries())
      latencies[slots[slice.indexes[at] ?? -1]?.kind ?? "symmetric"].push(latency);
    const each = <T>(of: (all: readonly number[]) => T): Record<Kind, T> => ({
      symmetric: of(latencies.symmetric),
      signing: of(latencies.signing),
      management: of(latencies.management),
    });
    return {
      mixed: each(latencyOf),
      answered: each((all) => all.length),
      rate: slice.answered / slice.elapsed,
      elapsed: slice.elapsed,
      pause: slice.pause,
    };
  }

  #signRequests(count: number): readonly SignRequest[] {
    const sign = openSigner(this.#target.user, new Date());
    return Array.from({ length: count }, (_, index) => {
      const key = this.#signingKeys[index % this.#signingKeys.length];
      if (key === undefined) throw new TypeError("no key signs");
      const message = randomBytes(32);
      const body = `{"KeyId": "${key.id}", "Message": "${message.toString("base64")}", "MessageType": "RAW", "SigningAlgorithm": "${key.algorithm}"}`;
      const check = (text: string): void => {
        const { Signature } = JSON.parse(splitAnswer(text).body) as { readonly Signature: string };
        if (!key.verifies(message, Buffer.from(Signature, "base64")))
          throw new Error(`a signature of ${key.algorithm} does not verify`);
      };
      return { request: sign("TrentService.Sign", body), check };
    });
  }
}

interface SignRequest {
  readonly request: Buffer;
  check(answer: string): void;
}

async function makeSigningKeys({ caller, admin }: AwsTarget): Promise<readonly SigningKey[]> {
  const specs = ["ECC_NIST_P256", "RSA_2048"];
  const ids = await makeKeys(
    caller,
    admin,
    specs.map((spec) => `{"KeySpec": "${spec}", "KeyUsage": "SIGN_VERIFY"}`),
  );
  const sign = openSigner(admin, new Date());
  const answers = await caller.ask(
    ids.map((id) => sign("TrentService.GetPublicKey", `{"KeyId": "${id}"}`)),
  );
  const algorithms = ["ECDSA_SHA_256", "RSASSA_PKCS1_V1_5_SHA_256"];
  return answers.map((text, index) => {
    const { PublicKey } = JSON.parse(splitAnswer(text).body) as { readonly PublicKey: string };
    const der = Buffer.from(PublicKey, "base64");
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    const verifies = (message: Buffer, signature: Buffer): boolean =>
      verify("sha256", message, key, signature);
    return { id: ids[index] ?? "", algorithm: algorithms[index] ?? "", verifies };
  });
}

interface Slot {
  readonly kind: Kind;
  /** Which of its kind. */
  readonly at: number;
}

/** Spreads the kinds evenly: 37 and 100 have no common factor, so each hundred meets every remainder once. */
function arrange(count: number): readonly Slot[] {
  const used = { symmetric: 0, signing: 0, management: 0 };
  return Array.from({ length: count }, (_, index) => {
    const remainder = (index * 37) % 100;
    const kind = remainder < 80 ? "symmetric" : remainder < 95 ? "signing" : "management";
    return { kind, at: used[kind]++ };
  });
}

const shares = { symmetric: 0.8, signing: 0.15, management: 0.05 } as const;

/** As many as `arrange` can ask for. */
function share(count: number, kind: Kind): number {
  return Math.ceil(count / 100) * 100 * shares[kind];
}

function latencyOf(latencies: readonly number[]): Latency {
  const [p50 = Number.NaN, p99 = Number.NaN] = quantiles(latencies, 0.5, 0.99);
  return { p50, p99 };
}
