import { Caller } from "./caller.ts";
import type { Dialect } from "./client.ts";
import { Client } from "./client.ts";
import type { Endpoint } from "./load.ts";
import type { OperationName, Subject } from "./operations.ts";

const keyNames: readonly string[] = Array.from(
  { length: 100 },
  (_, index) => `keywright-bench-${index}`,
);

/** Makes keys in the transit engine of a Vault, which has to be enabled at `transit`, and speaks to it. Nothing is bound to a context. */
export async function openVault(url: URL, endpoint: Endpoint, token: string): Promise<Client> {
  for (const name of keyNames) {
    const headers = { "X-Vault-Token": token };
    const target = new URL(`/v1/transit/keys/${name}`, url);
    const { ok, status } = await fetch(target, { method: "POST", headers });
    if (!ok) throw new Error(`${target.href} answered ${status}: is transit enabled there?`);
  }
  return new Client(new Caller(endpoint), vaultDialect(url.host, token));
}

interface Call {
  readonly path: string;
  readonly body: object;
}

const calls: Readonly<Partial<Record<OperationName, (subject: Subject) => Call>>> = {
  GenerateDataKey: () => ({ path: "datakey/plaintext", body: { bits: 256 } }),
  Encrypt: ({ plaintext }) => ({ path: "encrypt", body: { plaintext } }),
  Decrypt: ({ ciphertext }) => ({ path: "decrypt", body: { ciphertext } }),
};

interface WireAnswer {
  readonly data: { readonly ciphertext?: string; readonly plaintext?: string };
}

function vaultDialect(host: string, token: string): Dialect {
  return {
    operations: ["GenerateDataKey", "Encrypt", "Decrypt"],
    open() {
      return (operation, subject) => {
        const call = calls[operation]?.(subject);
        if (call === undefined) throw new TypeError(`no ${operation} in transit`);
        const name = keyNames[subject.number % keyNames.length];
        const body = JSON.stringify(call.body);
        return Buffer.from(
          `POST /v1/transit/${call.path}/${name} HTTP/1.1\r\nHost: ${host}\r\nAccept-Encoding: identity\r\nX-Vault-Request: true\r\nX-Vault-Token: ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
          "latin1",
        );
      };
    },
    read: (body) => (JSON.parse(body) as WireAnswer).data,
  };
}
