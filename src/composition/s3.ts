import type { Principals } from "../api/principals.ts";
import type { Config } from "../config.ts";
import { randomIds } from "../crypto/random.ts";
import type { Reader } from "../database/database.ts";
import type { Domains } from "../database/domains.ts";
import { KeysInUse } from "../services/s3/object-bytes.ts";
import type { S3Tools } from "../services/s3/operation.ts";
import { localStore } from "../services/s3/store/local.ts";
import { BucketTables } from "../services/s3/tables/buckets.ts";
import { ObjectTables } from "../services/s3/tables/objects.ts";
import { dataFolder } from "./data-folder.ts";

/** Buckets in the database, and objects in files of the data folder. */
export function openS3(
  config: Pick<Config, "data" | "regions">,
  reader: Reader,
  domains: Domains,
  principals: Principals,
): S3Tools {
  return {
    buckets: new BucketTables(reader, domains),
    objects: new ObjectTables(reader),
    store: localStore(dataFolder(config).objects),
    keysInUse: new KeysInUse(),
    principals,
    ids: randomIds,
    regions: config.regions,
  };
}
