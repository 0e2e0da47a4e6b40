import { S3Client } from "@aws-sdk/client-s3";
import type { ServiceActor } from "../../src/api/context.ts";
import { CallContext } from "../../src/api/context.ts";
import { createPipeline } from "../../src/api/execute.ts";
import type { InvokeInside } from "../../src/api/invoke.ts";
import { wipeOptions, withDeployment, writerOptions } from "../../src/composition/deployment.ts";
import { openServices } from "../../src/composition/services.ts";
import { randomIds } from "../../src/crypto/random.ts";
import { openEmbedded } from "../../src/database/embedded.ts";
import type { TestServer, TestUser } from "../support/keywright.ts";
import { accessKeys, account } from "../support/keywright.ts";

export const trailArn = `arn:aws:cloudtrail:us-east-1:${account}:trail/test`;

/** A client of AWS's SDK that never tries twice. */
export function connectS3(
  server: Pick<TestServer, "url" | "clock">,
  who: TestUser = "admin",
  { region = "us-east-1", forcePathStyle = true } = {},
): S3Client {
  return new S3Client({
    endpoint: server.url,
    region,
    credentials: accessKeys[who],
    maxAttempts: 1,
    forcePathStyle,
    systemClockOffset: server.clock.offset,
  });
}

/** A bucket policy that lets the service of trails write, for the trail of these tests. */
export function deliveryPolicy(bucket: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "cloudtrail.amazonaws.com" },
        Action: "s3:PutObject",
        Resource: `arn:aws:s3:::${bucket}/*`,
        Condition: { StringEquals: { "aws:SourceArn": trailArn } },
      },
    ],
  });
}

/** Lends the way into the pipeline that services of ours have, on a deployment that is not being served. */
async function withInside(
  { config }: TestServer,
  work: (inside: InvokeInside) => Promise<void>,
): Promise<void> {
  await withDeployment(config, async (deployment, _reader, folder) => {
    const options = writerOptions(deployment, folder.database, folder.journal);
    const engine = await openEmbedded(options).finally(() => wipeOptions(options));
    const services = openServices(deployment, engine.reader, config);
    try {
      const { inside } = createPipeline({
        services: new Map(services.all.map((service) => [service.wire.signingName, service])),
        committer: engine,
        clock: () => new Date(),
        ids: randomIds,
        forget: services.forget,
      });
      await work(inside);
    } finally {
      await services.wipe();
      await engine.close();
    }
  });
}

export interface Put {
  readonly Bucket: string;
  readonly Key: string;
  readonly Body: string | Uint8Array;
  readonly [more: string]: unknown;
}

/** Puts an object as a service does. */
function put(
  inside: InvokeInside,
  { Body, ...more }: Put,
  over: Partial<ServiceActor & { region: string }> = {},
): Promise<unknown> {
  const { region = "us-east-1", ...actor } = over;
  const context = CallContext.asService(
    {
      service: "cloudtrail.amazonaws.com",
      sourceArn: trailArn,
      sourceAccount: account,
      ...actor,
    },
    { region, requestId: randomIds.uuid(), time: new Date() },
  );
  const bytes = Buffer.from(Body);
  const input = JSON.parse(JSON.stringify({ ...more, Body: bytes.toString("base64") }));
  return inside({ service: "s3", operation: "PutObject", input, context });
}

/** Stops the server, puts objects as the service of trails does, and starts it again. */
export async function putAll(server: TestServer, ...puts: readonly Put[]): Promise<void> {
  await server.restart(() =>
    withInside(server, async (inside) => {
      for (const each of puts) await put(inside, each);
    }),
  );
}
