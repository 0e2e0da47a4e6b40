import type { Entrances, Pipeline } from "../api/execute.ts";
import { createPipeline } from "../api/execute.ts";
import type { Clock } from "../base/clock.ts";
import { day, minute, second } from "../base/clock.ts";
import type { Config } from "../config.ts";
import { randomIds } from "../crypto/random.ts";
import type { Committer } from "../database/commit.ts";
import { noChange } from "../database/commit.ts";
import type { Deployment } from "../database/deployment.ts";
import type { Embedded } from "../database/embedded.ts";
import { openEmbedded } from "../database/embedded.ts";
import type { OpenTrail } from "../database/log/open-trail.ts";
import type { FrontDoor, FrontDoorOptions } from "../server/front-door.ts";
import { openFrontDoor } from "../server/front-door.ts";
import type { Log } from "../server/log.ts";
import { bucketMemory } from "../services/kms/quotas-buckets.ts";
import { sweep } from "../services/kms/sweep.ts";
import { sweepFiles, sweepPlaces } from "../services/s3/store/sweep.ts";
import type { Delivery } from "./cloudtrail.ts";
import { startDelivery } from "./cloudtrail.ts";
import type { DataFolder } from "./data-folder.ts";
import { segmentBytes, wipeOptions, writerOptions } from "./deployment.ts";
import { DiskRoom, guardRoom } from "./disk-room.ts";
import type { Repeated } from "./repeated.ts";
import { repeat } from "./repeated.ts";
import type { Services } from "./services.ts";
import { openServices } from "./services.ts";
import { tellStalls } from "./stalls.ts";
import { keepTrail } from "./trail.ts";
import { RequestsUnderWay } from "./under-way.ts";
import { Witnessing } from "./witnessing.ts";
import type { WorkersPlace } from "./workers/open-workers.ts";
import { openWorkers } from "./workers/open-workers.ts";

/** A deployment whose root key is open, at work. */
export interface Work {
  readonly frontDoor: FrontDoor;
  /** Settles with the reason when durability can no longer be promised. */
  readonly failed: Promise<Error>;
  /** Whether the disk keeps it waiting, so that calls are refused. */
  readonly stalled: boolean;
  /** Does what is due by the clock at once, instead of within a minute. */
  sweep(): Promise<void>;
  /** Delivers what is due of trails at once, instead of within a minute. */
  deliver(): Promise<void>;
  /** Resolves when no request is under way any more; what waits for its turn is refused. */
  idle(): Promise<void>;
  /** Makes an audit record durable. */
  record(record: string): Promise<void>;
  /** Ends in order what is under way, then wipes all keys but the root key. */
  close(): Promise<void>;
}

export interface WorkPlace {
  readonly config: Config;
  readonly folder: DataFolder;
  readonly clock: Clock;
  readonly log: Log;
  /** HTTP workers beside this thread, where there are any. */
  readonly workers?: WorkersPlace | undefined;
}

/** Told of every request that proved nobody. */
export type OnAuthenticationFailure = NonNullable<FrontDoorOptions["onAuthenticationFailure"]>;

const sweepEvery = minute;

/**
 * Opens writer, services and sweeper on a deployment, in this order, and closes them in the other. Nothing in memory is older
 * than what the writer found on disk, so all of it can be opened again after a failure.
 */
export async function openWork(
  place: WorkPlace,
  deployment: Deployment,
  onAuthenticationFailure: OnAuthenticationFailure,
): Promise<Work> {
  const { config, clock, log } = place;
  await using opening = new AsyncDisposableStack();
  const durable = new BigInt64Array(new SharedArrayBuffer(8));
  const engine = await openEngine(place, deployment, durable);
  opening.defer(() => engine.close());
  // What follows the journal is opened here: it ends before the writer does.
  const witnessing = openWitnessing(place, deployment);
  // Closed behind the logs: the witness sees how they end.
  opening.defer(() => witnessing?.close());
  await witnessing?.before();
  const trail = await openLogs(place, deployment, durable);
  opening.defer(() => trail.close());
  await witnessing?.start();
  const records = trail.trail;
  const around = { records, clock };
  const quotaMemory = bucketMemory();
  const keyCache = config.keyCache / (place.workers?.threads ?? 1);
  const services = openServices(
    deployment,
    engine.reader,
    { ...config, keyCache },
    { log, around, quotaMemory },
  );
  opening.defer(() => services.wipe());
  await services.kms.customKeyStores.start();
  const sweeping = startSweeping(place, services, engine);
  opening.defer(() => sweeping.stop());
  const disk = new DiskRoom(place.folder.folder, config.audit.reserve * 2 ** 20, log);
  opening.defer(() => disk.stop());
  await disk.look();
  const entrances = createPipeline(pipelineOf(place, services, guardRoom(disk.flag, engine)));
  const { inside } = entrances;
  const delivery = startDelivery(place, { records, inside, engine, domains: services.domains });
  opening.defer(() => delivery.stop());
  const upkeep = startUpkeep(place, trail, delivery);
  opening.defer(() => upkeep.stop());
  const requests = new RequestsUnderWay(
    openFrontDoor(frontDoorOptions(place, services, entrances, onAuthenticationFailure)),
  );
  const { root } = deployment;
  const shared = { root, engine, room: disk.flag, quotas: quotaMemory, services };
  const workers = openWorkers(place, shared);
  const idle = async (): Promise<void> => {
    services.kms.keyWork.end();
    await workers?.stop();
    await requests.idle();
  };
  opening.defer(idle);
  const opened = opening.move();
  return {
    frontDoor: requests.frontDoor,
    failed: Promise.race([engine.failed, trail.failed]),
    get stalled() {
      return engine.stalled;
    },
    sweep: sweeping.now,
    deliver: delivery.now,
    idle,
    async record(record) {
      await engine.submit({ relied: [], change: noChange, records: [record] });
    },
    close: () => opened.disposeAsync(),
  };
}

/** The writer gets copies of its keys with the message that starts its thread. */
async function openEngine(
  { folder, log }: WorkPlace,
  deployment: Deployment,
  durable: BigInt64Array<SharedArrayBuffer>,
): Promise<Embedded> {
  const options = writerOptions(deployment, folder.database, folder.journal);
  try {
    return await openEmbedded({ ...options, durable }, tellStalls(log), (done) =>
      log("info", "the database gets a tree of its versions, once", { done }),
    );
  } finally {
    wipeOptions(options);
  }
}

/** Opens the logs behind the writer: they follow what it makes durable. */
async function openLogs(
  { config, folder, log }: WorkPlace,
  deployment: Deployment,
  durable: BigInt64Array<SharedArrayBuffer>,
): Promise<OpenTrail> {
  const privateKey = deployment.auditPrivateKey();
  const options = {
    deployment: deployment.id,
    privateKey,
    publicKey: deployment.auditPublicKey,
    journalFolder: folder.journal,
    logs: { folder: folder.logs, archive: config.audit.archive },
    indexPath: folder.index,
    durable,
    segmentBytes,
  };
  try {
    return await keepTrail(options, log);
  } finally {
    privateKey.fill(0);
  }
}

/** Does what is due of keys and of the bytes of objects. */
function startSweeping(
  { clock, log }: WorkPlace,
  { kms, s3, forget }: Services,
  committer: Committer,
): Repeated {
  const work = async (): Promise<void> => {
    await sweep({ tools: kms, committer, forget }, clock());
    await sweepFiles(s3.store, s3.objects, clock());
  };
  const what = "the sweep of due deletions and rotations";
  const sweeping = repeat(work, { what, every: sweepEvery, log });
  // By itself: a place that keeps us waiting holds up nothing else.
  const clearing = repeat(() => sweepPlaces({ tools: s3, committer }, clock()), {
    what: "the removal of deleted objects from where buckets are kept",
    every: sweepEvery,
    log,
  });
  return {
    async now() {
      await sweeping.now();
      await clearing.now();
    },
    async stop() {
      await Promise.all([sweeping.stop(), clearing.stop()]);
    },
  };
}

/** Compresses what is written of the logs, and archives what is old and delivered. */
function startUpkeep(
  { config, clock, log }: WorkPlace,
  trail: OpenTrail,
  delivery: Delivery,
): Repeated {
  const tidy = async (): Promise<void> => {
    const olderThan = (clock().getTime() - config.audit.keep * day) / second;
    const leaving = { olderThan, deliveredUpTo: await delivery.deliveredUpTo() };
    while (await trail.tidy(leaving));
  };
  return repeat(tidy, { what: "the upkeep of the audit logs", every: minute, log });
}

function openWitnessing(
  { config: { witness }, folder, log }: WorkPlace,
  { id, auditPublicKey: publicKey }: Deployment,
): Witnessing | undefined {
  return witness && new Witnessing(witness, folder.logs, { deployment: id, publicKey }, log);
}

function pipelineOf({ clock }: WorkPlace, services: Services, committer: Committer): Pipeline {
  return {
    services: new Map(services.all.map((service) => [service.wire.signingName, service])),
    committer,
    clock,
    ids: randomIds,
    forget: services.forget,
    renew: services.renew,
    noteCaller: (context, service) => services.accessKeyUses.note(context, service),
  };
}

function frontDoorOptions(
  { config: { regions }, clock, log }: WorkPlace,
  services: Services,
  { invoke, perform }: Entrances,
  onAuthenticationFailure: OnAuthenticationFailure,
): FrontDoorOptions {
  return {
    services: services.all.map((service) => service.wire),
    credentials: services.signers,
    signingKeys: services.signers.signingKeys,
    invoke,
    perform,
    clock,
    ...(regions === undefined ? {} : { regions }),
    onAuthenticationFailure,
    log,
    newRequestId: () => randomIds.uuid(),
  };
}
