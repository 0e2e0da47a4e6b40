import { createHash, createHmac } from "node:crypto";
import { connect } from "node:net";

/** Who signs, and where to. */
export interface Access {
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** An answer that arrived whole: the service stands by it. */
export interface Answer {
  readonly status: number;
  readonly requestId: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One keep-alive connection that makes one KMS call after the other. Far quicker than an SDK, which these tests need. */
export interface Client {
  /** Rejects when the connection ends before the answer is whole: then nobody knows what became of the call. */
  call(operation: string, input: object): Promise<Answer>;
  close(): void;
}

const region = "us-east-1";
const hmac = (key: Buffer | string, text: string): Buffer =>
  createHmac("sha256", key).update(text).digest();
const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A request of AWS Signature Version 4 as it goes over the wire. */
function signed(access: Access, operation: string, body: string, now: Date): string {
  const { host } = new URL(access.url);
  const time = now.toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const day = time.slice(0, 8);
  const headers = [
    ["content-type", "application/x-amz-json-1.1"],
    ["host", host],
    ["x-amz-date", time],
    ["x-amz-target", `TrentService.${operation}`],
  ] as const;
  const names = headers.map(([name]) => name).join(";");
  const lines = headers.map(([name, value]) => `${name}:${value}\n`).join("");
  const canonical = `POST\n/\n\n${lines}\n${names}\n${hash(body)}`;
  const scope = `${day}/${region}/kms/aws4_request`;
  const keys = [day, region, "kms", "aws4_request"];
  const key = keys.reduce<Buffer | string>(hmac, `AWS4${access.secretAccessKey}`);
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash(canonical)}`);
  const authorization = `AWS4-HMAC-SHA256 Credential=${access.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature.toString("hex")}`;
  const wire = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `POST / HTTP/1.1\r\n${wire}authorization: ${authorization}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

export function openClient(access: Access): Client {
  const { hostname, port } = new URL(access.url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let received = Buffer.alloc(0);
  let waiting: PromiseWithResolvers<Answer> | undefined;
  let ended = false;
  const end = (): void => {
    ended = true;
    waiting?.reject(new Error("the connection ended"));
    waiting = undefined;
  };
  socket.on("error", end);
  socket.on("close", end);
  socket.on("data", (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
    const whole = readAnswer(received);
    if (whole === undefined) return;
    received = received.subarray(whole.length);
    const { resolve } = waiting ?? {};
    waiting = undefined;
    resolve?.(whole.answer);
  });
  return {
    call(operation, input) {
      if (ended) return Promise.reject(new Error("the connection ended"));
      waiting = Promise.withResolvers<Answer>();
      const { promise } = waiting;
      socket.write(signed(access, operation, JSON.stringify(input), new Date()));
      return promise;
    },
    close: () => socket.destroy(),
  };
}

function readAnswer(
  bytes: Buffer,
): { readonly answer: Answer; readonly length: number } | undefined {
  const split = bytes.indexOf("\r\n\r\n");
  if (split < 0) return undefined;
  const head = bytes.toString("latin1", 0, split);
  const size = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
  const length = split + 4 + size;
  if (bytes.length < length) return undefined;
  const text = bytes.toString("utf8", split + 4, length);
  return {
    answer: {
      status: Number(head.slice(9, 12)),
      requestId: /^x-amzn-requestid: (\S+)/im.exec(head)?.[1] ?? "",
      body: text === "" ? {} : JSON.parse(text),
    },
    length,
  };
}
