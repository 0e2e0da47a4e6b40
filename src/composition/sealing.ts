import type { Findings, Io } from "../cli/commands.ts";
import type { Config } from "../config.ts";
import { control } from "./control.ts";
import { dataFolder } from "./data-folder.ts";
import { existingFolder } from "./deployment.ts";
import type { GateState } from "./gate.ts";

/** Has the running server forget all keys, whatever is left of the data folder. Throws OperatorError. */
export async function sealServer(config: Config): Promise<Findings> {
  await control(dataFolder(config).control, "seal");
  return { facts: [["server", "sealed: every request is refused"]], problems: [] };
}

/** Has the running server open its root key: by itself where it can, else with what people give. Throws OperatorError. */
export async function unsealServer(
  config: Config,
  by: "passphrase" | undefined,
  io: Pick<Io, "ask" | "out">,
): Promise<Findings> {
  const path = existingFolder(config).control;
  const state = await control(path, "unseal");
  if (!state.sealed) return unsealed;
  if (by === "passphrase" || !state.people.includes("shares")) {
    const passphrase = await io.ask("Passphrase of the root key");
    await control(path, "passphrase", passphrase).finally(() => passphrase.fill(0));
    return unsealed;
  }
  return giveShares(path, state, io);
}

const unsealed: Findings = { facts: [["server", "unsealed"]], problems: [] };

async function giveShares(
  path: string,
  before: GateState,
  io: Pick<Io, "ask" | "out">,
): Promise<Findings> {
  let state = before;
  for (let mine = 0; state.sealed; mine++) {
    const share = await io.ask("Share").catch((error: unknown) => {
      // Somebody else brings the others.
      if (mine === 0) throw error;
      return undefined;
    });
    if (share === undefined) return waiting(state);
    state = await control(path, "share", share).finally(() => share.fill(0));
    if (state.shares !== undefined)
      io.out(`${state.shares.given} of ${state.shares.needed} shares`);
  }
  return unsealed;
}

function waiting({ shares }: GateState): Findings {
  const left = (shares?.needed ?? 0) - (shares?.given ?? 0);
  const problem = `${left} more ${left === 1 ? "share is" : "shares are"} needed: run \`keywright unseal\` again`;
  return { facts: [["server", "sealed"]], problems: [problem] };
}
