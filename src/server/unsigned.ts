import type { Connection } from "../api/context.ts";
import type { Call, TellCaller, WireService } from "../api/invoke.ts";
import type { JsonValue } from "../base/json.ts";
import type { AuthenticationOptions } from "./authenticate.ts";
import { counted } from "./authenticate.ts";
import type { Parameters } from "./protocols/form.ts";
import { readMembers, readParameters } from "./protocols/form.ts";
import type { SignedMessage } from "./sigv4.ts";

/** A request for an operation that nobody signs. */
export interface Unsigned {
  readonly service: WireService;
  readonly operation: string;
  readonly parameters: Parameters;
  readonly tell: TellCaller;
}

/** Strangers make us read this much: an identity token, percent-encoded, and a session policy. */
const longest = 131_072;
/** Where AWS's global endpoint is. */
const usualRegion = "us-east-1";

/** What an unsigned request asks for, if it may be asked so; anything else lacks its signature. */
export function findUnsigned(
  { headers, query, body }: SignedMessage,
  services: readonly WireService[],
): Unsigned | undefined {
  if (headers.has("authorization") || body.length > longest) return undefined;
  const parameters = readIfPossible(query, body);
  if (parameters === undefined) return undefined;
  const operation = parameters.get("Action") ?? "";
  const version = parameters.get("Version");
  const service = services.find(
    ({ apiVersion, unsigned }) => apiVersion === version && unsigned?.has(operation),
  );
  const tell = service?.unsigned?.get(operation);
  return service && tell && { service, operation, parameters, tell };
}

/** The call that it is: what it says tells who calls, whoever signed it besides. */
export function unsignedCall(
  { requestId, connection }: { readonly requestId: string; readonly connection: Connection },
  { service, operation, tell, parameters }: Unsigned,
  options: AuthenticationOptions,
  region = options.regions?.[0] ?? usualRegion,
): Call {
  const body = (): JsonValue => readMembers(parameters);
  return {
    service: service.signingName,
    operation,
    region,
    requestId,
    connection,
    body,
    async identify() {
      try {
        return await tell(body(), options.clock());
      } catch (error) {
        throw counted(options, connection.sourceIp, error);
      }
    },
  };
}

function readIfPossible(query: string, body: Uint8Array): Parameters | undefined {
  try {
    return readParameters(query, body);
  } catch {
    // What cannot be read names no operation: it will be told that its signature is missing.
    return undefined;
  }
}
