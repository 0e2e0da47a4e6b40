import type { Principals } from "../api/principals.ts";
import type { Config } from "../config.ts";
import { randomIds } from "../crypto/random.ts";
import type { Reader } from "../database/database.ts";
import type { Domains } from "../database/domains.ts";
import type { Log } from "../server/log.ts";
import { KeysInUse } from "../services/s3/object-bytes.ts";
import type { S3Tools } from "../services/s3/operation.ts";
import { localStore } from "../services/s3/store/local.ts";
import { BucketTables } from "../services/s3/tables/buckets.ts";
import { ObjectTables } from "../services/s3/tables/objects.ts";
import { RemovalTables } from "../services/s3/tables/removals.ts";
import { openPlaces } from "./buckets.ts";
import { dataFolder } from "./data-folder.ts";

/** Buckets in the database, and objects in files of the data folder or where the operator keeps them. Throws OperatorError. */
export function openS3(
  config: Pick<Config, "buckets" | "data" | "regions">,
  reader: Reader,
  domains: Domains,
  principals: Principals,
  log: Log,
): S3Tools {
  return {
    buckets: new BucketTables(reader, domains),
    objects: new ObjectTables(reader),
    removals: new RemovalTables(reader, domains),
    store: localStore(dataFolder(config).objects),
    places: openPlaces(config.buckets, log),
    keysInUse: new KeysInUse(),
    principals,
    ids: randomIds,
    regions: config.regions,
  };
}
