import { minute } from "../../../base/clock.ts";
import type { Change, Committer, VersionRef } from "../../../database/commit.ts";
import { joinChanges, noChange } from "../../../database/commit.ts";
import type { Domain } from "../../../keystore/domain.ts";
import { digestSigner } from "../digest-signer.ts";
import type { Attempts, Delivery } from "../model/delivery.ts";
import { lastStop, nextPosition } from "../model/spans.ts";
import type { Trail } from "../model/trail.ts";
import { trailArn } from "../model/trail.ts";
import type { CloudTrailTools } from "../operation.ts";
import { deliveryVersion, storeDelivery } from "../tables/deliveries.ts";
import type { Batch } from "./batch.ts";
import { fillsFile, formatLogFile, readBatch } from "./batch.ts";
import type { DigestContents } from "./digest.ts";
import { digestSignatureAlgorithm, digestStringToSign, formatDigest, hexHash } from "./digest.ts";
import { digestKey, logFileKey } from "./object-keys.ts";
import type { DeliveredObject, Writing, Written } from "./put.ts";
import { writeObject } from "./put.ts";

/** What delivery works with. */
export interface Deliverer extends Writing {
  readonly tools: Pick<CloudTrailTools, "trails" | "digestKeys" | "reader" | "records">;
  readonly committer: Committer;
  /** How often log files and digests are written, in milliseconds. */
  readonly every: { readonly file: number; readonly digest: number };
  /** Told of every attempt that failed, with the ARN of the trail and the error that its status shows. */
  readonly onFailure: (trail: string, error: string) => void;
  /** Whether to leave the rest for the next time. */
  readonly stopping: () => boolean;
}

/** What a delivery is about. */
export interface Place {
  readonly trail: Trail;
  /** Keys of the trail's account. */
  readonly domain: Domain;
  /** The first state of a delivery rests on the trail as it is now: one that was deleted meanwhile gets none. */
  readonly trailVersion: VersionRef;
}

/** So much is delivered of a region before others have their turn. */
const atOnce = { files: 50, digests: 48 };
/** After so many records of a deployment it is looked whether a file would be full already. */
const muchAtLeast = 10_000;
/** A call that began before logging was stopped may be recorded so much later. */
const patience = 1 * minute;

/** Delivers the events of one region for one trail. Somebody who changes its state meanwhile ends it: the next time goes on from there. */
export class RegionDelivery {
  readonly #deliverer: Deliverer;
  readonly #place: Place;
  readonly #now: Date;
  /** Faults of ours that were met. */
  readonly faults: unknown[] = [];
  #state: Delivery;

  constructor(deliverer: Deliverer, place: Place, state: Delivery, now: Date) {
    this.#deliverer = deliverer;
    this.#place = place;
    this.#state = state;
    this.#now = now;
  }

  async run(): Promise<void> {
    const { trail } = this.#place;
    if (!(await this.#begin())) return;
    // The last digest after a stop lists the last files; otherwise a digest lists what was delivered in its hour.
    if (!trail.logging && !(await this.#deliverFiles())) return;
    if (!(await this.#deliverDigests())) return;
    if (trail.logging) await this.#deliverFiles();
  }

  /** Follows what became of the trail since. */
  async #begin(): Promise<boolean> {
    const { trail } = this.#place;
    const { ended, ...state } = this.#state;
    const resumed =
      trail.logging && ended !== undefined
        ? { ...state, position: nextPosition(trail.spans, { ...state, ended }) }
        : this.#state;
    const nextDigestAt = new Date(this.#now.getTime() + this.#deliverer.every.digest);
    const next =
      this.#writesDigests && resumed.nextDigestAt === undefined
        ? { ...resumed, nextDigestAt }
        : resumed;
    return next === this.#state && next.version > 0 ? true : this.#commit(next);
  }

  get #writesDigests(): boolean {
    const { trail } = this.#place;
    if (!trail.validation || !this.#isCovered) return false;
    return trail.logging || !this.#isOver;
  }

  /** A trail that was for all regions may be for its own only. */
  get #isCovered(): boolean {
    const { trail } = this.#place;
    return trail.multiRegion || trail.homeRegion === this.#state.region;
  }

  /** Whether all from before the last stop is delivered. */
  get #isOver(): boolean {
    const stop = lastStop(this.#place.trail.spans);
    return stop !== undefined && this.#state.ended === stop;
  }

  /** Whether there is more to do. */
  async #deliverFiles(): Promise<boolean> {
    if (this.#isOver || !this.#isCovered) return true;
    const { nextFileAt, filesTried } = this.#state;
    const isDue = nextFileAt <= this.#now;
    if (!isDue && (filesTried?.error !== undefined || !(await this.#isMuch()))) return true;
    for (let count = 0; count < atOnce.files; count++) {
      if (this.#deliverer.stopping()) return false;
      const batch = await this.#read();
      if (!(await this.#deliver(batch))) return false;
      if (!batch.more) return true;
    }
    return true;
  }

  async #isMuch(): Promise<boolean> {
    const { records } = this.#deliverer.tools;
    const { account, region, position } = this.#state;
    if ((await records.position()) - position < muchAtLeast) return false;
    return fillsFile(records, { account, region }, position);
  }

  #read(): Promise<Batch> {
    const { begun, position, region } = this.#state;
    const range = { after: position, ...(begun === undefined ? {} : { upTo: begun.upTo }) };
    const { records } = this.#deliverer.tools;
    return readBatch(records, this.#place.trail, region, range);
  }

  async #deliver(batch: Batch): Promise<boolean> {
    if (batch.texts.length > 0) return this.#deliverFile(batch);
    const { begun, ...state } = this.#state;
    const { ended } = this.#ending(batch);
    // Where nothing happened nothing is written down.
    if (!batch.any && ended === undefined && begun === undefined) return true;
    return this.#commit({ ...state, position: batch.upTo, ...this.#ending(batch) });
  }

  /** What is left to do of a trail that was stopped: nothing behind the batch in which no more can come. */
  #ending({ more }: Batch): { readonly ended?: number } {
    const stop = lastStop(this.#place.trail.spans);
    if (more || stop === undefined || this.#now.getTime() <= stop * 1_000 + patience) return {};
    return { ended: stop };
  }

  async #deliverFile(batch: Batch): Promise<boolean> {
    const { trail } = this.#place;
    const begun = this.#state.begun ?? { at: this.#now, upTo: batch.upTo };
    if (this.#state.begun === undefined && !(await this.#commit({ ...this.#state, begun })))
      return false;
    const { region, position: after, files, begun: _, ...state } = this.#state;
    const key = logFileKey(trail, { region, at: begun.at, after });
    const bytes = formatLogFile(batch);
    const written = await this.#write({ key, bytes });
    const nextFileAt = new Date(this.#now.getTime() + this.#deliverer.every.file);
    const filesTried = attempt(written, this.#now, state.filesTried);
    if (written.error !== undefined) {
      await this.#commit({ ...this.#state, nextFileAt, filesTried });
      return false;
    }
    const file = {
      bucket: trail.bucket,
      object: key,
      hash: hexHash(bytes),
      after,
      oldest: new Date(batch.oldest * 1_000),
      newest: new Date(batch.newest * 1_000),
    };
    return this.#commit({
      ...state,
      region,
      position: batch.upTo,
      ...this.#ending(batch),
      nextFileAt,
      files: trail.validation ? [...files, file] : files,
      filesTried,
    });
  }

  /** Whether there is more to do. */
  async #deliverDigests(): Promise<boolean> {
    for (let count = 0; count < atOnce.digests; count++) {
      const { nextDigestAt: to, digestsTried } = this.#state;
      if (to === undefined || to > this.#now) return true;
      const waits = digestsTried?.error !== undefined && this.#isRecent(digestsTried.lastAt);
      if (waits) return true;
      if (this.#deliverer.stopping() || !(await this.#deliverDigest(to))) return false;
    }
    return true;
  }

  #isRecent(moment: Date): boolean {
    return this.#now.getTime() - moment.getTime() < this.#deliverer.every.file;
  }

  async #deliverDigest(to: Date): Promise<boolean> {
    const { tools, every } = this.#deliverer;
    const { trail } = this.#place;
    const { nextDigestAt: _next, digest: previous, files, ...state } = this.#state;
    const from = new Date(to.getTime() - every.digest);
    const signer = await digestSigner(tools.digestKeys, state.region, from);
    if (signer.change !== noChange && !(await this.#commit(this.#state, signer))) return false;
    const object = digestKey(trail, { region: state.region, at: to });
    const { account, bucket } = trail;
    const { fingerprint } = signer;
    const contents: DigestContents = {
      ...{ account, bucket, object, files, previous, fingerprint, to },
      from: previous?.endsAt ?? from,
    };
    const bytes = formatDigest(contents);
    const signature = await signer.sign(digestStringToSign(contents, bytes));
    const metadata = { signature, "signature-algorithm": digestSignatureAlgorithm };
    const written = await this.#write({ key: object, bytes, metadata });
    const digestsTried = attempt(written, this.#now, state.digestsTried);
    if (written.error !== undefined) return this.#commit({ ...this.#state, digestsTried });
    const digest = { bucket, object, hash: hexHash(bytes), signature, endsAt: to };
    const nextDigestAt = new Date(to.getTime() + every.digest);
    return this.#commit({
      ...state,
      files: [],
      digestsTried,
      // Whoever stops writing digests and begins anew begins a new chain.
      ...(this.#writesDigests ? { digest, nextDigestAt } : {}),
    });
  }

  async #write(object: DeliveredObject): Promise<Written> {
    const written = await writeObject(this.#deliverer, this.#place.trail, object, this.#now);
    if (written.error === undefined) return written;
    this.#deliverer.onFailure(trailArn(this.#place.trail), written.error);
    if (written.fault !== undefined) this.faults.push(written.fault);
    return written;
  }

  /** Whether nobody was faster. */
  async #commit(
    next: Delivery,
    more: { readonly change: Change; readonly relied: readonly VersionRef[] } = {
      change: noChange,
      relied: [],
    },
  ): Promise<boolean> {
    const { domain, trailVersion } = this.#place;
    const { stale } = await this.#deliverer.committer.submit({
      relied: [
        deliveryVersion(this.#state),
        ...(this.#state.version === 0 ? [trailVersion] : []),
        ...more.relied,
      ],
      change: joinChanges([storeDelivery(next, domain), more.change]),
      records: [],
    });
    if (stale.length > 0) return false;
    this.#state = { ...next, version: next.version + 1 };
    return true;
  }
}

function attempt({ error }: Written, now: Date, before: Attempts | undefined): Attempts {
  if (error === undefined) return { lastAt: now, succeededAt: now };
  const succeededAt = before?.succeededAt;
  return { lastAt: now, error, ...(succeededAt === undefined ? {} : { succeededAt }) };
}
