import type { OpenedRow, SealedRow, SealedTable } from "../../../database/sealed-row.ts";
import type { Attempts, DeliveredDigest, DeliveredFile, Delivery } from "../model/delivery.ts";
import type { Trail, TrailSet } from "../model/trail.ts";
import type { deliveriesTable, trailsTable } from "./schema.ts";

/** Between rows and the model: nothing is decided here. Moments are epoch milliseconds. */
type ColumnsOf<T> = T extends SealedTable<infer C> ? C : never;
type TrailColumns = ColumnsOf<typeof trailsTable>;
type DeliveryColumns = ColumnsOf<typeof deliveriesTable>;

/** A value as JSON text keeps it. */
type Stored<T> = {
  readonly [M in keyof T]: T[M] extends Date | undefined ? number | Extract<T[M], undefined> : T[M];
};

export function trailSetRow({
  account,
  region,
  trails,
  version,
}: TrailSet): SealedRow<TrailColumns> {
  return { account_id: account, region, trails: JSON.stringify(trails.map(storedTrail)), version };
}

function storedTrail({ startedAt, stoppedAt, ...rest }: Trail) {
  return { ...rest, ...moments({ startedAt, stoppedAt }) };
}

/** INVARIANT: the row was verified, so its JSON is what `trailSetRow` wrote. */
export function trailSetFromRow(row: OpenedRow<TrailColumns>): TrailSet {
  const trails = JSON.parse(String(row.trails)) as readonly Stored<Trail>[];
  return {
    account: String(row.account_id),
    region: String(row.region),
    trails: trails.map(({ startedAt, stoppedAt, ...rest }) => ({
      ...rest,
      ...dates({ startedAt, stoppedAt }),
    })),
    version: Number(row.version),
  };
}

type State = Omit<Delivery, "trail" | "account" | "region" | "version">;
interface StoredState extends Pick<State, "position" | "ended"> {
  readonly begun?: Stored<NonNullable<State["begun"]>>;
  readonly nextFileAt: number;
  readonly nextDigestAt?: number;
  readonly files: readonly Stored<DeliveredFile>[];
  readonly digest?: Stored<DeliveredDigest>;
  readonly filesTried?: Stored<Attempts>;
  readonly digestsTried?: Stored<Attempts>;
}

export function deliveryRow(delivery: Delivery): SealedRow<DeliveryColumns> {
  const { trail, account, region, version, ...state } = delivery;
  // A Date's own JSON would be text.
  const text = JSON.stringify(
    state,
    function (this: Readonly<Record<string, unknown>>, name, value) {
      const original = this[name];
      return original instanceof Date ? original.getTime() : (value as unknown);
    },
  );
  return { trail_id: trail, region, account_id: account, state: text, version };
}

/** INVARIANT: the row was verified, so its JSON is what `deliveryRow` wrote. */
export function deliveryFromRow(row: OpenedRow<DeliveryColumns>): Delivery {
  const state = JSON.parse(String(row.state)) as StoredState;
  const { begun, nextDigestAt, ended, digest, filesTried, digestsTried } = state;
  return {
    trail: String(row.trail_id),
    account: String(row.account_id),
    region: String(row.region),
    position: state.position,
    nextFileAt: new Date(state.nextFileAt),
    ...(begun === undefined ? {} : { begun: { ...begun, at: new Date(begun.at) } }),
    ...(ended === undefined ? {} : { ended }),
    ...dates({ nextDigestAt }),
    files: state.files.map((file) => ({
      ...file,
      oldest: new Date(file.oldest),
      newest: new Date(file.newest),
    })),
    ...(digest === undefined ? {} : { digest: { ...digest, endsAt: new Date(digest.endsAt) } }),
    ...(filesTried === undefined ? {} : { filesTried: attempts(filesTried) }),
    ...(digestsTried === undefined ? {} : { digestsTried: attempts(digestsTried) }),
    version: Number(row.version),
  };
}

function attempts({ lastAt, succeededAt, ...rest }: Stored<Attempts>): Attempts {
  return { ...rest, lastAt: new Date(lastAt), ...dates({ succeededAt }) };
}

function moments<N extends string>(all: Readonly<Record<N, Date | undefined>>) {
  return present(all, (moment: Date) => moment.getTime());
}

function dates<N extends string>(all: Readonly<Record<N, number | undefined>>) {
  return present(all, (moment: number) => new Date(moment));
}

function present<N extends string, A, B>(
  all: Readonly<Record<N, A | undefined>>,
  convert: (value: A) => B,
): Partial<Readonly<Record<N, B>>> {
  const entries = Object.entries<A | undefined>(all).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, convert(value)] as const],
  );
  return Object.fromEntries(entries) as Partial<Readonly<Record<N, B>>>;
}
