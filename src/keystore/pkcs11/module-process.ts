import { HostedToken } from "./hosted-token.ts";
import type { TokenReply, TokenRequest } from "./protocol.ts";
import { TokenError } from "./token-error.ts";

/** The process of one PKCS#11 module: started by TokenProcess, ended by it or with it. */
const token = new HostedToken();

process.on("message", (request: TokenRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});
// A module may be stuck in a thread that an orderly exit would wait for.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
// A signal to the whole group is the service's to handle: it still needs the token to finish its requests.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

async function answer({ id, name, arguments: given }: TokenRequest): Promise<TokenReply> {
  try {
    // TokenCalls types both ends: TokenProcess sends only what this method takes.
    const call = token[name] as (...given: readonly unknown[]) => Promise<unknown>;
    return { id, result: await call.apply(token, [...given]) };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return { id, fault: error.fault, message: error.message, lost: error.lost };
  }
}
