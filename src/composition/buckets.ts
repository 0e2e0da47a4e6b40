import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { OperatorError } from "../base/errors.ts";
import type { Place as Node, Read } from "../cli/document.ts";
import {
  checked,
  digits,
  object,
  optional,
  readDocument,
  record,
  required,
  text,
} from "../cli/document.ts";
import { readOperatorFile } from "../config-file.ts";
import { endpoint } from "../config-values.ts";
import type { Log } from "../server/log.ts";
import { isBucketName } from "../services/s3/model/bucket.ts";
import { directoryPlace } from "../services/s3/store/directory.ts";
import type { Place } from "../services/s3/store/place.ts";
import { Places } from "../services/s3/store/places.ts";
import { remotePlace } from "../services/s3/store/remote.ts";
import { readCertificates } from "./certificates.ts";

/** Where the operator keeps a bucket, and for whom. */
export interface BucketEntry {
  readonly name: string;
  readonly account: string;
  /** A directory, or a bucket in another store. */
  readonly kept: { readonly directory: string } | RemoteEntry;
}

interface RemoteEntry {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  /** The file that says who we are there. */
  readonly credentials: string;
  readonly ca: string | undefined;
}

const path = text(/^.{1,4096}$/, "a path");
const url: Read<string> = (place) => {
  const given = text(/^.{1,2048}$/, endpoint.rule)(place);
  if (given === undefined) return undefined;
  return endpoint.parse(given, "") ?? place.report(`\`${place.name}\` must be ${endpoint.rule}`);
};

const members = object({
  account: required(digits(12)),
  directory: optional(path, undefined),
  endpoint: optional(url, undefined),
  bucket: optional(text(/^[\w.-]{1,255}$/, "the name of a bucket"), undefined),
  region: optional(text(/^[a-z0-9-]{1,64}$/, "a region's name, such as us-east-1"), undefined),
  credentials: optional(path, undefined),
  ca: optional(path, undefined),
});
type Members = NonNullable<ReturnType<typeof members>>;

/** The form of the file of buckets that are kept elsewhere (docs/cloudtrail.md). */
const form = checked(
  record(/^.{1,63}$/, "names of buckets", checked(members, check)),
  (all, place) => {
    for (const name of Object.keys(all))
      if (!isBucketName(name)) place.report(`\`${name}\` is no name that S3 allows a bucket`);
  },
);

/** Either a directory and nothing of a store, or a store and who we are there. */
function check({ account: _, directory, ...remote }: Members, place: Node): void {
  const isRemote = Object.values(remote).some((value) => value !== undefined);
  if (directory !== undefined && isRemote)
    place.report(`\`${place.name}\` must have either \`directory\` or \`endpoint\`, not both`);
  if (directory === undefined && !isRemote)
    place.report(`\`${place.name}\` must have \`directory\` or \`endpoint\``);
  if (isRemote && (remote.endpoint === undefined || remote.credentials === undefined))
    place.report("a bucket in another store needs `endpoint` and `credentials`");
}

/** Reads which buckets are kept elsewhere. Paths are relative to the file. Throws OperatorError. */
export function readBuckets(file: string | undefined): readonly BucketEntry[] {
  if (file === undefined) return [];
  const folder = dirname(file);
  return Object.entries(readDocument(readOperatorFile(file), file, form)).map(([name, given]) => ({
    name,
    account: given.account,
    kept: keptOf(name, given, folder),
  }));
}

function keptOf(
  name: string,
  { directory, endpoint = "", bucket = name, region = "us-east-1", credentials = "", ca }: Members,
  folder: string,
): BucketEntry["kept"] {
  if (directory !== undefined) return { directory: resolve(folder, directory) };
  return {
    ...{ endpoint, bucket, region },
    credentials: resolve(folder, credentials),
    ca: ca === undefined ? undefined : resolve(folder, ca),
  };
}

/** The places of the buckets that a file names. No connection is opened yet. Throws OperatorError. */
export function openPlaces(file: string | undefined, log: Log): Places {
  const buckets = readBuckets(file).map(
    ({ name, account, kept }) => [name, { account, place: placeOf(kept) }] as const,
  );
  return new Places(new Map(buckets), (bucket, failure) =>
    log("warn", "a bucket cannot be used where it is kept", { bucket, reason: failure.message }),
  );
}

function placeOf(kept: BucketEntry["kept"]): Place {
  if ("directory" in kept) return directoryPlace(kept.directory);
  const { credentials, ca, ...remote } = kept;
  const certificates = ca === undefined ? undefined : readCertificates(ca).pem;
  const named = { ...remote, ...readCredentials(credentials), ca: certificates };
  return remotePlace(named, () => new Date());
}

const credentialsForm = object({
  accessKeyId: required(text(/^[\w./+=-]{1,128}$/, "the id of an access key")),
  secretAccessKey: required(text(/^[!-~]{1,256}$/, "a secret access key")),
});

/** Reads who we are in a store, from a file that is its owner's alone. Throws OperatorError, never with the secret. */
function readCredentials(file: string) {
  const content = readOperatorFile(file);
  if ((statSync(file).mode & 0o077) !== 0)
    throw new OperatorError(`${file} is open to other users: run \`chmod 600 ${file}\``);
  const { accessKeyId, secretAccessKey } = readDocument(content, file, credentialsForm);
  return { accessKeyId, secret: Buffer.from(secretAccessKey, "utf8") };
}
