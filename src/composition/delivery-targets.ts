import { CallContext } from "../api/context.ts";
import type { DeliveryTarget, DeliveryTargets } from "../api/delivery-targets.ts";
import type { Service } from "../api/registry.ts";
import { Run } from "../api/run.ts";
import { parseArn } from "../base/arn.ts";
import type { Clock } from "../base/clock.ts";
import { AwsError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";

/**
 * Answers by the very decisions that deliveries will meet: PutObject and GenerateDataKey by the service principal, as the pipeline decides
 * them, without doing either.
 */
export function deliveryTargets(services: readonly Service[], clock: Clock): DeliveryTargets {
  const foresee = (name: string, operation: string, context: CallContext, input: JsonObject) => {
    const service = services.find(({ wire }) => wire.signingName === name);
    const called = service?.operations[operation];
    if (service === undefined || called === undefined)
      throw new TypeError(`there is no ${name}:${operation}`);
    return settled(new Run(service, called, context).foresee(input));
  };
  const asService = ({ service, source, account }: DeliveryTarget, region: string) =>
    CallContext.asService(
      { service, sourceArn: source, sourceAccount: account },
      { region, requestId: "", time: clock() },
    );
  return {
    async bucket(target) {
      const { bucket: Bucket, object: Key, region } = target;
      const input = { Bucket, Key, Body: "", ACL: "bucket-owner-full-control" };
      const found = await foresee("s3", "PutObject", asService(target, region), input);
      return typeof found === "string" ? found : "ready";
    },
    async key(KeyId, target) {
      // S3 asks for the service, in the region of the key.
      const region = parseArn(KeyId)?.region ?? target.region;
      const context = asService(target, region).forward("s3", "");
      const input = { KeyId, KeySpec: "AES_256", EncryptionContext: contextOf(target) };
      const found = await foresee("kms", "GenerateDataKey", context, input);
      return typeof found === "string" ? found : { arn: found["key"]?.arn ?? KeyId };
    },
  };
}

/** The encryption context of what is delivered: whose it is, and where it will be. */
function contextOf({ service, source, bucket, object }: DeliveryTarget) {
  const [name = ""] = service.split(".");
  return { [`aws:${name}:arn`]: source, "aws:s3:arn": `arn:aws:s3:::${bucket}/${object}` };
}

/** Whatever is wrong with a name besides, nothing has it. */
async function settled<T>(call: Promise<T>): Promise<T | "missing" | "refused"> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return error.code === "AccessDeniedException" ? "refused" : "missing";
  }
}
