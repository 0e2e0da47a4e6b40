import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { CloudTrail } from "@aws-sdk/client-cloudtrail";
import { KMS } from "@aws-sdk/client-kms";
import { S3 } from "@aws-sdk/client-s3";
import type { Printed } from "../conformance/clients.ts";
import { runClient } from "../conformance/clients.ts";
import { deliveryPolicy, putAll, trailArn } from "../s3/support.ts";
import { awsEndpoints } from "../support/aws-endpoints.ts";
import type { Flags, TestServer } from "../support/keywright.ts";
import { startKeywright, testSeed } from "../support/keywright.ts";
import { clientSettings } from "../support/sdk.ts";
import { hour } from "./delivery-support.ts";

export const bucket = "trail-logs";

/** An object of a trail, before its compression. */
export interface Delivered {
  readonly key: string;
  readonly text: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A trail that has delivered for hours, and `aws cloudtrail validate-logs` that looks at it. */
export interface ValidationLab {
  readonly server: TestServer;
  /** Lets an hour go by: calls on KMS, if any, and what is due by the clock. */
  hourOf(calls: number, region?: string): Promise<void>;
  /** Keys with a word in them, in order: digests by their time. */
  keys(word: string): Promise<readonly string[]>;
  read(key: string): Promise<Delivered>;
  /** Replaces objects of the bucket, with the server stopped, as who has its disk and its keys can. */
  replace(...objects: readonly Delivered[]): Promise<void>;
  remove(key: string): Promise<void>;
  validate(program: string, region?: string): Promise<Printed>;
  /** Looks at the objects in another store: told of it where the program can be, else led there. */
  validateIn(store: string, program: string): Promise<Printed>;
  close(): Promise<void>;
}

type Settings = Partial<Parameters<CloudTrail["createTrail"]>[0]>;

/** Starts a server whose past is so many hours long: clients sign with the clock of the machine, so its trail must end now. */
export async function openLab(
  hours: number,
  settings: Settings = {},
  prepare: (server: TestServer) => Promise<Settings> = async () => ({}),
  flags: Flags = [],
): Promise<ValidationLab> {
  const server = await startKeywright(testSeed, flags);
  let s3Url: string | undefined;
  const regions = ["us-east-1", "eu-west-1"];
  const endpoints = await awsEndpoints(server, regions, () => s3Url ?? server.url);
  const folder = mkdtempSync(join(tmpdir(), "keywright-validate-"));
  server.clock.offset = -hours * hour;
  const s3 = () => new S3({ ...clientSettings(server, "admin"), forcePathStyle: true });
  await s3().createBucket({ Bucket: bucket });
  await s3().putBucketPolicy({ Bucket: bucket, Policy: deliveryPolicy(bucket) });
  const trail = new CloudTrail(clientSettings(server, "admin"));
  const named = { Name: "test", S3BucketName: bucket, EnableLogFileValidation: true };
  await trail.createTrail({ ...named, ...settings, ...(await prepare(server)) });
  await trail.startLogging({ Name: "test" });
  await server.deliver();
  const validate = (program: string, region = "us-east-1"): Promise<Printed> => {
    const from = new Date(Date.now() - (hours + 1) * hour).toISOString();
    const asked = ["--region", region, "--trail-arn", trailArn, "--start-time", from];
    const args = ["cloudtrail", "validate-logs", ...asked, "--verbose"];
    const told = s3Url === undefined ? {} : { AWS_ENDPOINT_URL_S3: s3Url };
    return runClient(server, folder, program, args, { ...endpoints.environment, ...told });
  };
  return {
    server,
    async hourOf(calls, region = "us-east-1") {
      for (let call = 0; call < calls; call++) {
        const kms = new KMS({ ...clientSettings(server, "admin"), region });
        await kms.generateRandom({ NumberOfBytes: 16 });
        server.clock.offset += hour / 12;
        await server.deliver();
      }
      server.clock.offset += hour - (calls * hour) / 12;
      await server.deliver();
    },
    async keys(word) {
      const { Contents = [] } = await s3().listObjects({ Bucket: bucket });
      return Contents.map(({ Key }) => String(Key)).filter((key) => key.includes(word));
    },
    async read(key) {
      const { Body, Metadata = {} } = await s3().getObject({ Bucket: bucket, Key: key });
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
      return { key, text: gunzipSync(bytes).toString(), metadata: Metadata };
    },
    replace: (...objects) =>
      putAll(
        server,
        ...objects.map(({ key, text, metadata }) => ({
          ...{ Bucket: bucket, Key: key, Body: gzipSync(text), Metadata: metadata },
          ...{ ContentType: "application/json", ContentEncoding: "gzip" },
        })),
      ),
    async remove(key) {
      await s3().deleteObject({ Bucket: bucket, Key: key });
    },
    validate,
    async validateIn(store, program) {
      s3Url = store;
      return validate(program).finally(() => {
        s3Url = undefined;
      });
    },
    async close() {
      await endpoints.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
