import { createHash } from "node:crypto";
import { formatLogCheckpoint, logOrigin } from "../../src/audit/log-checkpoint.ts";
import { signNote } from "../../src/audit/note.ts";
import type { AuditEvent } from "../../src/audit/record.ts";
import { formatAuditRecord } from "../../src/audit/record.ts";
import { TileTree } from "../../src/audit/tile-tree.ts";
import { encodeBundle, tilePath, tileWidth } from "../../src/audit/tiles.ts";
import { leafHash } from "../../src/audit/tree.ts";
import type { LogReader } from "../../src/audit/tree-check.ts";
import { generateSigningKey } from "../../src/crypto/signature.ts";

export const deployment = "5a1f6b0e-3c7d-4e8a-9b21-0c1d2e3f4a5b";
export const auditKey = generateSigningKey();

type SigningKey = ReturnType<typeof generateSigningKey>;

/** The files of a log by their names. */
export type Files = ReadonlyMap<string, Buffer>;

/** A log that was written and signed. */
export interface WrittenLog {
  readonly boot: number;
  readonly files: Files;
  readonly entries: readonly Buffer[];
  readonly first: number;
  readonly root: Buffer;
}

export interface LogRecipe {
  readonly boot?: number;
  readonly records?: readonly Buffer[];
  readonly first?: number;
  readonly previous?: WrittenLog | undefined;
  readonly key?: SigningKey;
  readonly deployment?: string;
}

const base: AuditEvent = {
  eventName: "Decrypt",
  eventSource: "kms.amazonaws.com",
  region: "us-east-1",
  time: new Date("2026-01-02T03:04:05Z"),
  eventId: "",
  requestId: "8f0f8fc2-1f0a-4a8a-9f6c-51a4b0a5a6f1",
  readOnly: true,
  identity: {
    type: "IAMUser",
    principalId: "AIDAIOSFODNN7EXAMPLE",
    arn: "arn:aws:iam::111122223333:user/alice",
    account: "111122223333",
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    userName: "alice",
  },
  sourceIp: "192.0.2.7",
  userAgent:
    "aws-cli/2.33.0 md/awscrt#0.27.2 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.3",
  requestParameters: null,
  responseElements: null,
  resources: [
    {
      arn: "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
      account: "111122223333",
      type: "AWS::KMS::Key",
    },
  ],
  recipientAccount: "111122223333",
  tls: { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", keyExchange: "X25519MLKEM768" },
  host: "kms.us-east-1.amazonaws.com",
};

/** An id that a number always leads to. */
function idOf(number: number): string {
  const hex = createHash("sha256").update(String(number)).digest("hex");
  const [a, b, c, d] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(13, 16), hex.slice(17, 20)];
  return `${a}-${b}-4${c}-8${d}-${hex.slice(20, 32)}`;
}

/** A record such as a call with a full encryption context leaves. */
export function record(number: number): Buffer {
  const pairs = Array.from({ length: 12 }, (_, pair) => [
    `tenant-attribute-${pair}`,
    idOf(pair).repeat(2),
  ]);
  const text = formatAuditRecord({
    ...base,
    eventId: idOf(number),
    requestParameters: {
      encryptionContext: Object.fromEntries(pairs),
      encryptionAlgorithm: "SYMMETRIC_DEFAULT",
    },
  });
  return Buffer.from(text);
}

export const records = (count: number, from = 0): readonly Buffer[] =>
  Array.from({ length: count }, (_, index) => record(from + index));

/** The entry that begins a log. */
function beginning(
  boot: number,
  first: number,
  previous: WrittenLog | undefined,
  id: string,
): Buffer {
  const before = previous && {
    previousOrigin: logOrigin(id, previous.boot),
    previousSize: previous.entries.length,
    previousRootHash: previous.root.toString("base64"),
  };
  const { requestId: _, tls: _tls, host: _host, ...event } = base;
  const text = formatAuditRecord({
    ...event,
    eventName: "BeginLog",
    eventSource: "keywright",
    eventId: idOf(boot),
    readOnly: false,
    identity: { type: "internal", account: "000000000000" },
    resources: [],
    recipientAccount: "000000000000",
    serviceEventDetails: { boot, firstPosition: first, ...before },
  });
  return Buffer.from(text);
}

/** The checkpoint of a log. */
export function checkpointOf(
  origin: string,
  size: number,
  root: Uint8Array,
  { privateKey, publicKey }: SigningKey = auditKey,
): Buffer {
  return Buffer.from(
    signNote(formatLogCheckpoint({ origin, size, root }), origin, privateKey, publicKey),
  );
}

/** The files of a log that holds these entries and nothing else. */
export function filesOf(entries: readonly Buffer[], origin: string, key: SigningKey = auditKey) {
  const tree = new TileTree();
  tree.append(entries.map(leafHash));
  const root = tree.root();
  const files = new Map<string, Buffer>();
  for (const { level, index, width, bytes } of tree.take())
    files.set(tilePath(level, index, width), bytes);
  for (let at = 0; at < entries.length; at += tileWidth) {
    const bundle = entries.slice(at, at + tileWidth);
    files.set(tilePath("entries", at / tileWidth, bundle.length), encodeBundle(bundle));
  }
  const checkpoint = checkpointOf(origin, entries.length, root, key);
  files.set("checkpoint", checkpoint);
  files.set("settled", Buffer.from(checkpoint));
  return { files, root };
}

/** Writes the log of a boot. */
export function writeLog(recipe: LogRecipe = {}): WrittenLog {
  const { boot = 1, records: own = [], previous, key = auditKey } = recipe;
  const id = recipe.deployment ?? deployment;
  const first =
    recipe.first ?? (previous === undefined ? 1 : previous.first + previous.entries.length - 1);
  const entries = [beginning(boot, first, previous, id), ...own];
  return { boot, entries, first, ...filesOf(entries, logOrigin(id, boot), key) };
}

/** Reads the files of a log. */
export function readerOf(files: Files): LogReader {
  return { list: () => files.keys(), read: (name) => files.get(name) };
}
