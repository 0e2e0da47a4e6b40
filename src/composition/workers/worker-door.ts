import { Elsewhere } from "../../api/elsewhere.ts";
import { createPipeline } from "../../api/execute.ts";
import type { Service } from "../../api/registry.ts";
import type { Clock } from "../../base/clock.ts";
import { randomIds } from "../../crypto/random.ts";
import type { Committer } from "../../database/commit.ts";
import type { Reader } from "../../database/database.ts";
import type { RootKey } from "../../keystore/root.ts";
import { noProxyHosts } from "../../keystore/xks/hosts.ts";
import type { FrontDoor, ReceivedRequest } from "../../server/front-door.ts";
import { openFrontDoor, plainContentType } from "../../server/front-door.ts";
import type { Log } from "../../server/log.ts";
import { jsonContentType } from "../../server/protocols/json.ts";
import { kmsBeside, operationsBeside } from "../../services/kms/beside.ts";
import type { Services } from "../services.ts";
import { openServices } from "../services.ts";
import type { MainThread } from "./main-thread.ts";
import type { WorkerOptions } from "./messages.ts";

/** Once as it is known here, and once as it is read anew. */
const triesHere = 2;

/** What a worker answers with. */
interface WorkerTools {
  readonly options: WorkerOptions;
  readonly clock: Clock;
  readonly log: Log;
}

/** The services as a worker has them, with caches of its own. */
export function openWorkerServices(
  root: RootKey,
  reader: Reader,
  { options, log }: WorkerTools,
): Services {
  return openServices({ root }, reader, servicesConfig(options), {
    log,
    quotaMemory: options.quotas,
  });
}

/** What is not used beside the main thread has nothing to connect to. */
function servicesConfig({ keyCache, regions, requestRateFactor, databasePath }: WorkerOptions) {
  const file = undefined;
  return {
    data: databasePath,
    keyCache,
    regions,
    requestRateFactor,
    attestationRoots: file,
    buckets: file,
    prices: file,
    identityTokens: { hosts: noProxyHosts, caFile: file },
    customKeyStores: {
      clustersFile: file,
      hosts: noProxyHosts,
      caFile: file,
      client: undefined,
      timeout: 1,
    },
  };
}

/** Answers what a worker can as the main thread would; rejects with Elsewhere where only that one can, or might know the caller. */
export function openWorkerDoor(
  services: Services,
  committer: Committer,
  { options: { regions }, clock, log }: WorkerTools,
): FrontDoor {
  const kms = kmsBeside(serviceNamed("kms", services));
  const { invoke, perform } = createPipeline({
    services: new Map([[kms.wire.signingName, kms]]),
    committer,
    clock,
    ids: randomIds,
    forget: services.forget,
    renew: services.renew,
    noteCaller: (context, service) => services.accessKeyUses.note(context, service),
    triesHere,
  });
  return openFrontDoor({
    services: [kms.wire],
    credentials: services.signers,
    signingKeys: services.signers.signingKeys,
    invoke,
    perform,
    clock,
    ...(regions === undefined ? {} : { regions }),
    // A credential that has just been made or mended is known where it was: nobody is refused by what is remembered here.
    onAuthenticationFailure() {
      throw new Elsewhere();
    },
    log,
    newRequestId: () => randomIds.uuid(),
  });
}

function serviceNamed(name: string, { all }: Services): Service {
  const service = all.find(({ wire }) => wire.signingName === name);
  if (service === undefined) throw new TypeError(`there is no service ${name}`);
  return service;
}

/** Answers here what asks for an operation that is done here, and hands over the rest. */
export function withMain(here: FrontDoor, main: MainThread): FrontDoor {
  return async (request) => {
    if (!isForHere(request)) return main.ask(request);
    try {
      return await here(request);
    } catch (error) {
      if (error instanceof Elsewhere) return main.ask(request);
      throw error;
    }
  };
}

const targetsHere: ReadonlySet<string> = new Set(
  operationsBeside.map((name) => `TrentService.${name}`),
);

/** What is no JSON of an operation here may be a request of any other protocol, whatever its headers say besides. */
function isForHere({ method, target, headers }: ReceivedRequest): boolean {
  return (
    method === "POST" &&
    target === "/" &&
    targetsHere.has(headers.get("x-amz-target") ?? "") &&
    plainContentType(headers.get("content-type") ?? "") === jsonContentType
  );
}
