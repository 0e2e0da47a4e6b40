import type { Connection, CustomKeyStore, StoreList } from "../model/custom-key-store.ts";
import { parseStoresAggregate, storesAggregate } from "../model/custom-key-store.ts";
import type { StoreTables } from "../tables/custom-key-stores.ts";
import type { StoreBackends } from "./backends.ts";
import type { OnFailure, OpenFunction, OpenStore } from "./connection.ts";
import { StoreConnection } from "./connection.ts";

/** Where a store is. */
export interface StorePlace {
  readonly account: string;
  readonly region: string;
  readonly storeId: string;
}

/** What of the custom key stores lives in this process. */
export interface StoreRuntime {
  readonly tables: StoreTables;
  readonly backends: StoreBackends;
  /** Opens a store of an account in a region. */
  open(list: StoreList, store: CustomKeyStore): ReturnType<OpenFunction>;
  readonly onFailure: OnFailure;
  /** Told what must not happen: stores that cannot be read. */
  readonly onFault: (error: unknown) => void;
}

/**
 * The custom key stores and their connections. What a store's owner wants is stored; the connections follow it: after
 * every change, and from the start. Nothing is connected before the wish is durable.
 */
export class CustomKeyStores {
  readonly tables: StoreTables;
  readonly backends: StoreBackends;
  readonly #runtime: StoreRuntime;
  readonly #connections = new Map<string, StoreConnection>();
  readonly #applied = new Map<string, number>();
  readonly #ending = new Set<Promise<void>>();
  #closed: boolean = false;

  constructor(runtime: StoreRuntime) {
    this.tables = runtime.tables;
    this.backends = runtime.backends;
    this.#runtime = runtime;
  }

  /** Connects what is wanted of all accounts. Stores that cannot be read do not keep the others waiting. */
  async start(): Promise<void> {
    for (const { account, region } of await this.tables.places())
      await this.follow(account, region).catch(this.#runtime.onFault);
  }

  /** Brings the connections of an account in a region to what is stored now. */
  async follow(account: string, region: string): Promise<void> {
    const list = await this.tables.read(account, region);
    const { aggregate, version } = list.version;
    // An older state that was read before and arrives later.
    if (this.#closed || version < (this.#applied.get(aggregate) ?? 0)) return;
    this.#applied.set(aggregate, version);
    const wanted = new Map(
      list.stores.filter((each) => each.wanted === "CONNECTED").map((each) => [each.storeId, each]),
    );
    for (const [name, connection] of this.#connections)
      if (name.startsWith(`${aggregate}/`) && !wanted.has(connection.store.storeId))
        this.#end(name, connection);
    for (const store of wanted.values()) this.#begin(list, store);
  }

  /** How a store of a list is connected. */
  connectionOf(list: StoreList, store: CustomKeyStore): Connection {
    const connection = this.#connections.get(nameOf({ ...list, storeId: store.storeId }));
    if (store.wanted === "DISCONNECTED")
      return { state: connection === undefined ? "DISCONNECTED" : "DISCONNECTING" };
    if (connection === undefined) return { state: "CONNECTING" };
    const { state, fault } = connection;
    return fault === undefined ? { state } : { state, fault };
  }

  /** The open connection of a store; undefined while there is none. */
  opened(place: StorePlace): OpenStore | undefined {
    return this.#connections.get(nameOf(place))?.opened;
  }

  /** Drops what is known of an aggregate, because it changed; connections follow. */
  forget(aggregate: string): void {
    const place = parseStoresAggregate(aggregate);
    if (place === undefined) return;
    this.tables.forget(aggregate);
    this.follow(place.account, place.region).catch(this.#runtime.onFault);
  }

  /** Ends all connections; no new ones begin. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const [name, connection] of this.#connections) this.#end(name, connection);
    await Promise.all(this.#ending);
  }

  #begin(list: StoreList, store: CustomKeyStore): void {
    const name = nameOf({ ...list, storeId: store.storeId });
    const known = this.#connections.get(name);
    if (known !== undefined) {
      if (settingsOf(known.store) !== settingsOf(store)) known.renew(store);
      return;
    }
    const open: OpenFunction = (each) => this.#runtime.open(list, each);
    this.#connections.set(name, new StoreConnection(store, open, this.#runtime.onFailure));
  }

  /** The connection stays known, as one that ends, until nothing of it is left. */
  #end(name: string, connection: StoreConnection): void {
    const ended = connection.stop().then(() => {
      this.#ending.delete(ended);
      if (this.#connections.get(name) === connection) this.#connections.delete(name);
    });
    this.#ending.add(ended);
  }
}

/** What a connection depends on, as text. */
function settingsOf(store: CustomKeyStore): string {
  if (store.type === "AWS_CLOUDHSM") return store.clusterId;
  const { endpoint, path, accessKeyId, secret } = store.proxy;
  return JSON.stringify([endpoint, path, accessKeyId, Buffer.from(secret).toString("base64")]);
}

function nameOf({ account, region, storeId }: StorePlace): string {
  return `${storesAggregate(account, region)}/${storeId}`;
}
