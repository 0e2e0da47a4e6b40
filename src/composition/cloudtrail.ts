import type { InvokeInside } from "../api/invoke.ts";
import type { Service } from "../api/registry.ts";
import type { Trail, TrailPosition } from "../audit/trail.ts";
import type { Clock } from "../base/clock.ts";
import { minute, second } from "../base/clock.ts";
import { randomIds } from "../crypto/random.ts";
import type { Reader } from "../database/database.ts";
import type { Domains } from "../database/domains.ts";
import type { Embedded } from "../database/embedded.ts";
import { deliver, deliveredUpTo } from "../services/cloudtrail/delivery/deliver.ts";
import type { CloudTrailTools } from "../services/cloudtrail/operation.ts";
import { DigestKeyTables } from "../services/cloudtrail/tables/digest-keys.ts";
import { TrailTables } from "../services/cloudtrail/tables/trails.ts";
import { deliveryTargets } from "./delivery-targets.ts";
import type { Repeated } from "./repeated.ts";
import { repeat } from "./repeated.ts";
import type { WorkPlace } from "./work.ts";

/** What services that read the audit records ask of a deployment at work. */
export interface Around {
  readonly records: Trail;
  readonly clock: Clock;
}

/** Where trails are stored, and what they are delivered into. */
export interface TrailSources {
  readonly reader: Reader;
  readonly domains: Domains;
  /** Those that are delivered into, and encrypt. */
  readonly services: readonly Service[];
}

/** What the service of trails works with. */
export function openCloudTrail(
  { records, clock }: Around,
  { reader, domains, services }: TrailSources,
): CloudTrailTools {
  return {
    ...tablesOf(reader, domains),
    records,
    targets: deliveryTargets(services, clock),
    ids: randomIds,
  };
}

function tablesOf(
  reader: Reader,
  domains: Domains,
): Pick<CloudTrailTools, "trails" | "digestKeys" | "reader"> {
  return {
    trails: new TrailTables(reader, domains),
    digestKeys: new DigestKeyTables(reader, domains),
    reader,
  };
}

/** The delivery of all trails at work. */
export interface Delivery extends Repeated {
  /** Up to where every trail has delivered its records; undefined when none waits for any. */
  deliveredUpTo(): Promise<TrailPosition | undefined>;
}

interface Delivering {
  readonly records: Trail;
  readonly inside: InvokeInside;
  readonly engine: Embedded;
  readonly domains: Domains;
}

/** Delivers what is due, every minute or as often as files are due. */
export function startDelivery(
  { config: { delivery }, clock, log }: WorkPlace,
  { records, inside, engine, domains }: Delivering,
): Delivery {
  const every = { file: delivery.filesEvery * second, digest: delivery.digestsEvery * second };
  let isStopping = false;
  const deliverer = {
    tools: { ...tablesOf(engine.reader, domains), records },
    committer: engine,
    ids: randomIds,
    stopping: () => isStopping,
    onFailure: (trail: string, reason: string) =>
      log("warn", "a trail cannot deliver: its records stay until it can", { trail, reason }),
    ...{ inside, every },
  };
  const repeated = repeat(() => deliver(deliverer, clock()), {
    what: "the delivery of trails",
    every: Math.min(every.file, minute),
    log,
  });
  return {
    now: repeated.now,
    stop() {
      isStopping = true;
      return repeated.stop();
    },
    deliveredUpTo: () => deliveredUpTo(deliverer),
  };
}
