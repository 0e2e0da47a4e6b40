import { hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../../base/clock.ts";
import { second } from "../../../base/clock.ts";
import { encodePath } from "../../../crypto/canonical-request.ts";
import { signRequest } from "../../../crypto/sign-request.ts";
import type { ObjectHeaders } from "../model/object.ts";
import type { ByteRange, OpenFile } from "./object-store.ts";
import type { Place, PlacedObject } from "./place.ts";
import { PlaceFailure } from "./place.ts";
import type { Exchange, SentRequest } from "./remote-exchange.ts";
import { openExchange, Silence } from "./remote-exchange.ts";
import { drained, nextBytes } from "./remote-reading.ts";

/** A bucket in another store that speaks S3, and who we are there. */
export interface RemoteBucket {
  /** Of the store, without a path. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secret: Uint8Array;
  /** Who issues the store's certificates, PEM; the usual authorities when left out. */
  readonly ca: string | undefined;
}

type Asked = Omit<SentRequest, "path" | "body"> & { readonly body?: Uint8Array };

/** How long to wait before each further attempt. Whoever asked tries again later, too. */
const pauses = [second / 4, second];
/** A store that was silent is left alone for so long: whoever delivers to several places waits for each of its own only once. */
const rest = 30 * second;
const noBytes = new Uint8Array();
const noHeaders: Readonly<Record<string, string>> = {};

/** Objects in a bucket of another store, addressed by path, each request signed with the hash of its body. */
export function remotePlace(remote: RemoteBucket, now: Clock): Place {
  const exchange = openExchange(remote.endpoint, remote.ca);
  const send = sender(remote, exchange, now);

  const ask = async (
    key: string,
    asked: Asked,
    expected: readonly number[],
    [pause, ...later] = pauses,
  ): Promise<IncomingMessage> => {
    const answer = await send(key, asked).catch((cause: unknown) => unreachable(cause));
    const isFailure = answer instanceof PlaceFailure;
    if (!isFailure && expected.includes(answer.statusCode ?? 0)) return answer;
    const isWorthwhile = isFailure ? isPassing(answer) : isBusy(answer);
    const failure = isFailure ? answer : await failureOf(answer);
    if (pause === undefined || !isWorthwhile) throw failure;
    await sleep(pause);
    return ask(key, asked, expected, later);
  };

  return {
    async write(object) {
      const { key, bytes: body } = object;
      await drained(await ask(key, { method: "PUT", headers: headersOf(object), body }, [200]));
    },
    async open(key, range, length) {
      const isWhole = range.from === 0 && range.to === length;
      const headers = isWhole ? noHeaders : { range: `bytes=${range.from}-${range.to - 1}` };
      const answer = await ask(key, { method: "GET", headers }, [isWhole ? 200 : 206]);
      return openAnswer(answer, isWhole ? undefined : range);
    },
    async remove(key) {
      try {
        await drained(await ask(key, { method: "DELETE", headers: noHeaders }, [200, 204]));
      } catch (error) {
        if (!(error instanceof PlaceFailure) || error.kind !== "no object") throw error;
      }
    },
    wipe() {
      remote.secret.fill(0);
      exchange.close();
    },
  };
}

/** Sends signed requests, and leaves a store alone that was silent. */
function sender(
  { accessKeyId, secret, region, bucket }: RemoteBucket,
  exchange: Exchange,
  now: Clock,
): (key: string, asked: Asked) => Promise<IncomingMessage> {
  const identity = { accessKeyId, secret, region, service: "s3" };
  let restsUntil = 0;
  return async (key, asked) => {
    if (now().getTime() < restsUntil) throw new Error("it did not answer a moment ago");
    const { method, body = noBytes } = asked;
    const path = encodePath(`/${bucket}/${key}`);
    const content = hash("sha256", body, "hex");
    const headers = { ...asked.headers, host: exchange.host, "x-amz-content-sha256": content };
    const unsigned = { method, path, headers, body, pathForm: "as-sent" as const };
    const signed = signRequest(unsigned, identity, now());
    // A length where there is no body confuses some servers. How answers may be encoded is not signed: proxies change it.
    const length = method === "PUT" ? { "content-length": String(body.length) } : noHeaders;
    const more = { "accept-encoding": "identity", ...length };
    return exchange
      .send({ method, path, headers: { ...signed, ...more }, body })
      .catch((error: unknown) => {
        if (error instanceof Silence) restsUntil = now().getTime() + rest;
        throw error;
      });
  };
}

const headerNames: Readonly<Record<keyof ObjectHeaders, string>> = {
  CacheControl: "cache-control",
  ContentDisposition: "content-disposition",
  ContentEncoding: "content-encoding",
  ContentLanguage: "content-language",
  ContentType: "content-type",
};

/** Stores with object lock demand the MD5; the signature vouches for the bytes besides. */
function headersOf({ headers, metadata, bytes }: PlacedObject): Readonly<Record<string, string>> {
  const named = Object.entries(headerNames).flatMap(([member, name]) => {
    const value = headers[member as keyof ObjectHeaders];
    return value === undefined ? [] : [[name, value] as const];
  });
  const own = Object.entries(metadata).map(
    ([name, value]) => [`x-amz-meta-${name}`, value] as const,
  );
  return { ...Object.fromEntries([...named, ...own]), "content-md5": hash("md5", bytes, "base64") };
}

/** The bytes of an answer. Throws PlaceFailure where it is not about the part that was asked for. */
function openAnswer(answer: IncomingMessage, range: ByteRange | undefined): OpenFile {
  const chunks = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const wanted = range === undefined ? "" : `${range.from}-${range.to - 1}`;
  const told = answer.headers["content-range"] ?? "";
  const [, part = "", whole] = /^bytes (\d{1,15}-\d{1,15})\/(\d{1,15})$/.exec(told) ?? [];
  const length = range === undefined ? answer.headers["content-length"] : whole;
  if (length === undefined || (range !== undefined && part !== wanted)) {
    answer.destroy();
    throw new PlaceFailure("the store answers with another part than it was asked for", {
      kind: "unavailable",
    });
  }
  const rest = { bytes: Buffer.alloc(0) };
  return {
    length: Number(length),
    read: (bytes) => nextBytes(answer, chunks, rest, bytes),
    async close() {
      answer.destroy();
    },
  };
}

function unreachable(cause: unknown): PlaceFailure {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PlaceFailure(`the store cannot be reached: ${why}`, { kind: "unavailable", cause });
}

/** A connection that was refused or broken off may be there the next moment; one that is silent took its time already. */
function isPassing({ cause }: PlaceFailure): boolean {
  return cause instanceof Error && "code" in cause;
}

function isBusy({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 500 || statusCode === 429;
}

const kinds: Readonly<Record<string, PlaceFailure["kind"]>> = {
  NoSuchBucket: "no bucket",
  NoSuchKey: "no object",
};

async function failureOf(answer: IncomingMessage): Promise<PlaceFailure> {
  const { statusCode = 0 } = answer;
  const [, code = ""] = /<Code>([A-Za-z.]{1,64})<\/Code>/.exec(await drained(answer)) ?? [];
  const message = `the store answers with HTTP ${statusCode} ${code}`.trimEnd();
  if (statusCode === 401 || statusCode === 403)
    return new PlaceFailure(message, { kind: "refused" });
  return new PlaceFailure(message, { kind: kinds[code] ?? "unavailable" });
}
