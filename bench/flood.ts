import type { AwsTarget } from "./aws.ts";
import type { Latency, Pace } from "./mixed.ts";
import { symmetricAlone } from "./mixed.ts";
import { openSigner } from "./signing.ts";

/** Symmetric operations alone, and beside callers who make RSA_4096 keys as fast as they get them. */
export interface FloodRound {
  readonly alone: Latency;
  readonly beside: Latency;
  /** Keys that were made meanwhile. */
  readonly keys: number;
}

const flooders = 4;

export async function measureFlood(
  { client, caller, admin }: AwsTarget,
  pace: Pace,
): Promise<readonly FloodRound[]> {
  const rounds: FloodRound[] = [];
  for (let round = 0; round < pace.rounds; round++) {
    const alone = await symmetricAlone(client, pace);
    const sign = openSigner(admin, new Date());
    const flood = caller.send({
      connections: flooders,
      seconds: pace.seconds,
      request: () =>
        sign("TrentService.CreateKey", '{"KeySpec": "RSA_4096", "KeyUsage": "SIGN_VERIFY"}'),
      keep: () => false,
    });
    const [beside, { answered }] = await Promise.all([symmetricAlone(client, pace), flood]);
    rounds.push({ alone, beside, keys: answered });
  }
  return rounds;
}
