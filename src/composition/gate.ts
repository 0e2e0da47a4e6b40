import { minute } from "../base/clock.ts";
import { AwsError, OperatorError } from "../base/errors.ts";
import type { Ask } from "../cli/commands.ts";
import type { ClosedDeployment, Deployment } from "../database/deployment.ts";
import { readDeployment } from "../database/deployment.ts";
import { openSqliteReader } from "../database/sqlite.ts";
import { passphraseRootSource } from "../keystore/root/passphrase.ts";
import type { Progress } from "../keystore/root/shares.ts";
import { ShareCollection, sharesRootSource } from "../keystore/root/shares.ts";
import type { RootSource, RootSourceKind } from "../keystore/root/source.ts";
import type { FrontDoor } from "../server/front-door.ts";
import { closedFrontDoor } from "../server/front-door.ts";
import { asError } from "../server/log.ts";
import { closeSources, openWith } from "./deployment.ts";
import { rootEvent } from "./root-event.ts";
import { askedSources, peopleKinds, storedShareSet, unattendedSources } from "./root-sources.ts";
import { SteadyWork } from "./steady-work.ts";
import type { WorkPlace } from "./work.ts";

/** How a gate stands. */
export interface GateState {
  readonly sealed: boolean;
  /** With what people can open it. */
  readonly people: readonly RootSourceKind[];
  /** The shares given so far. */
  readonly shares?: Progress;
}

/** Shares that were given and not followed by the others are forgotten after so long. */
const patience = 15 * minute;

const sealedDoor = closedFrontDoor(
  new AwsError(
    "ServiceUnavailableException",
    "The service is sealed: its operator must unseal it.",
  ),
);

/**
 * Stands between the port and the deployment: open, the deployment is at work; sealed, no key is in memory and every
 * request is refused. Sealing and unsealing take turns.
 */
export class Gate {
  readonly #place: WorkPlace;
  readonly #failed = Promise.withResolvers<string>();
  #work: SteadyWork | undefined;
  #people: readonly RootSourceKind[] = [];
  #gathering: { readonly collection: ShareCollection; readonly timer: NodeJS.Timeout } | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(place: WorkPlace) {
    this.#place = place;
  }

  /** Settles with the reason when what is stored turns out to be damaged: the process must end. */
  get failed(): Promise<string> {
    return this.#failed.promise;
  }

  get sealed(): boolean {
    return this.#work === undefined;
  }

  /** Why requests are refused; undefined when they are not. */
  get refuses(): "sealed" | "recovering" | undefined {
    if (this.#work === undefined) return "sealed";
    return this.#work.recovering ? "recovering" : undefined;
  }

  readonly frontDoor: FrontDoor = (request) =>
    this.#work === undefined ? sealedDoor(request) : this.#work.frontDoor(request);

  /** Opens with the sources that need no `unseal`; stays sealed when people can open it that way. Throws OperatorError. */
  async start(ask: Ask): Promise<void> {
    const closed = await this.#closed();
    const sources = [
      ...unattendedSources(closed, this.#place.config),
      ...askedSources(closed, this.#place.config, ask),
    ];
    try {
      await this.#open(sources);
    } catch (error) {
      if (!(error instanceof OperatorError) || peopleKinds(closed).length === 0) throw error;
      const { log } = this.#place;
      if (sources.length > 0) log("warn", "the root key could not be opened", { error });
      log("warn", "sealed: run `keywright unseal`");
    }
  }

  sweep(): Promise<void> {
    return this.#work?.sweep() ?? Promise.resolve();
  }

  deliver(): Promise<void> {
    return this.#work?.deliver() ?? Promise.resolve();
  }

  /** Tries the sources that need nobody. */
  unseal(): Promise<GateState> {
    return this.#inTurn(async () => {
      if (this.#work !== undefined) return;
      const closed = await this.#closed();
      const sources = unattendedSources(closed, this.#place.config);
      if (sources.length > 0 || peopleKinds(closed).length === 0) await this.#unseal(sources, {});
    });
  }

  /** Takes one share; the last one that is needed opens. An open gate keeps none. Throws OperatorError. */
  giveShare(share: Uint8Array): Promise<GateState> {
    return this.#inTurn(async () => {
      if (this.#work !== undefined) return;
      const collection = this.#gather(await this.#closed());
      const { given, needed } = collection.add(share);
      if (given < needed) return;
      const shares = collection.numbers;
      const combined = await collection.combine().finally(() => this.#forgetShares());
      await this.#unseal([sharesRootSource(async () => combined)], { shares });
    });
  }

  /** Takes over the passphrase, and opens with it. Throws OperatorError. */
  givePassphrase(passphrase: Buffer): Promise<GateState> {
    return this.#inTurn(() => this.#unseal([passphraseRootSource(async () => passphrase)], {}));
  }

  /** Lets requests under way finish, records it, and wipes all keys; it does not take a database that can be read. */
  seal(): Promise<GateState> {
    return this.#inTurn(async () => {
      const work = this.#work;
      if (work === undefined) return;
      this.#work = undefined;
      await work.idle();
      const { clock, log } = this.#place;
      try {
        await work.record(rootEvent("Seal", {}, clock()));
      } catch (error) {
        // Sealing is for emergencies: a broken disk must not keep the keys in memory.
        log("error", "sealing could not be recorded", { error: asError(error) });
      }
      await work.close();
      log("warn", "sealed: run `keywright unseal`");
    });
  }

  async close(): Promise<void> {
    await this.#turn;
    this.#forgetShares();
    await this.#work?.close();
  }

  state(): Promise<GateState> {
    return this.#inTurn(async () => undefined);
  }

  async #inTurn(act: () => Promise<void>): Promise<GateState> {
    const turn = this.#turn.then(async (): Promise<GateState> => {
      await act();
      const shares = this.#gathering?.collection.progress;
      return {
        sealed: this.sealed,
        people: this.#people,
        ...(shares === undefined ? {} : { shares }),
      };
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #unseal(sources: readonly RootSource[], details: { readonly shares?: readonly number[] }) {
    if (this.#work !== undefined) return void (await closeSources(sources));
    const { openedBy } = await this.#open(sources, (source) =>
      rootEvent("Unseal", { source, ...details }, this.#place.clock()),
    );
    this.#place.log("info", "unsealed", { source: openedBy });
  }

  /** Nothing is answered before the record is durable. */
  async #open(
    sources: readonly RootSource[],
    recordOf?: (source: RootSourceKind) => string,
  ): Promise<Deployment> {
    const deployment = await this.#reading((reader) => openWith(reader, sources));
    const work = await SteadyWork.open(this.#place, deployment);
    try {
      if (recordOf !== undefined) await work.record(recordOf(deployment.openedBy));
    } catch (error) {
      await work.close();
      throw error;
    }
    void work.damaged.then((reason) => this.#failed.resolve(reason));
    this.#work = work;
    return deployment;
  }

  #gather(closed: ClosedDeployment): ShareCollection {
    if (this.#gathering !== undefined) return this.#gathering.collection;
    const set = storedShareSet(closed);
    if (set === undefined)
      throw new OperatorError("no shares open this deployment: run `keywright root-sources`");
    const timer = setTimeout(() => this.#forgetShares(), patience);
    timer.unref();
    this.#gathering = { collection: new ShareCollection(closed.id, set), timer };
    return this.#gathering.collection;
  }

  #forgetShares(): void {
    clearTimeout(this.#gathering?.timer);
    this.#gathering?.collection.clear();
    this.#gathering = undefined;
  }

  async #closed(): Promise<ClosedDeployment> {
    const closed = await this.#reading(readDeployment);
    this.#people = peopleKinds(closed);
    return closed;
  }

  async #reading<T>(read: (reader: ReturnType<typeof openSqliteReader>) => Promise<T>): Promise<T> {
    const reader = openSqliteReader(this.#place.folder.database);
    try {
      return await read(reader);
    } finally {
      reader.close();
    }
  }
}
