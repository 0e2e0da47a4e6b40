import type { MessagePort } from "node:worker_threads";
import type { RootKeyCopy } from "../../keystore/root.ts";
import type { HttpAnswer } from "../../server/answer.ts";
import type { ReceivedRequest } from "../../server/front-door.ts";
import type { Log } from "../../server/log.ts";
import type { TlsFiles } from "../../server/tls.ts";
import type { AccessKeyUses } from "../../services/iam/access-key-uses.ts";
import type { LastUsage } from "../../services/kms/last-usage.ts";
import type { BucketMemory } from "../../services/kms/quotas-buckets.ts";
import type { RoomFlag } from "../disk-room.ts";

/** What an HTTP worker starts with. Keys and the line to the writer move to it. */
export interface WorkerOptions {
  readonly databasePath: string;
  readonly roots: readonly RootKeyCopy[];
  readonly line: MessagePort;
  readonly room: RoomFlag;
  readonly quotas: BucketMemory;
  readonly requestRateFactor: number;
  /** MiB. */
  readonly keyCache: number;
  readonly regions: readonly string[] | undefined;
  readonly listen: WorkerListen;
}

/** Where and how a worker listens: its share of the port that the main thread has. */
export interface WorkerListen {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsFiles | undefined;
  readonly behindTlsProxy: boolean;
  /** In milliseconds. */
  readonly shutdownGrace: number;
  /** How many threads share what all connections may take. */
  readonly threads: number;
}

/** A request on its way to another thread. */
export interface CarriedRequest extends Omit<ReceivedRequest, "headers"> {
  readonly rawHeaders: readonly string[];
}

/** An answer on its way to another thread: the bytes of a long one are asked for piece by piece. */
export interface CarriedAnswer extends Omit<HttpAnswer, "body"> {
  readonly body: string | { readonly length: number };
}

/** What an HTTP worker tells the main thread. `next` asks for a piece of an answer, `drop` for no more of them; one that is `wiped` holds no key any more. */
export type FromWorker =
  | { readonly kind: "listening" }
  | { readonly kind: "request"; readonly id: number; readonly request: CarriedRequest }
  | { readonly kind: "next" | "drop"; readonly id: number }
  | {
      readonly kind: "uses";
      readonly keys: ReturnType<LastUsage["takeNews"]>;
      readonly accessKeys: ReturnType<AccessKeyUses["takeNews"]>;
    }
  | { readonly kind: "log"; readonly line: Parameters<Log> }
  | { readonly kind: "drained" }
  | { readonly kind: "wiped" }
  | { readonly kind: "closed" };

/** What it hears. A piece that is absent is the end, or a failure. One that drains accepts no connection any more, and answers those it has. */
export type ToWorker =
  | { readonly kind: "answer"; readonly id: number; readonly answer: CarriedAnswer }
  | {
      readonly kind: "piece";
      readonly id: number;
      readonly piece: Uint8Array | undefined;
      readonly failed: boolean;
    }
  | { readonly kind: "drain" }
  | { readonly kind: "close" };
