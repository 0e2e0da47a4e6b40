import type { Service } from "../../api/registry.ts";
import { operationMap } from "../../api/registry.ts";
import { checkThing, locateThing, protectionOf } from "./locate.ts";
import { accessDenied } from "./model/refusals.ts";
import type { S3Demand, S3Thing, S3Tools } from "./operation.ts";
import { operations } from "./operations.ts";

/** The service of buckets and objects. */
export function s3Service(tools: S3Tools): Service {
  return {
    wire: {
      signingName: "s3",
      protocol: "rest-xml",
      xmlNamespace: "http://s3.amazonaws.com/doc/2006-03-01/",
      operationNames: operations.map((operation) => operation.name),
      rest: operations.flatMap(({ name, rest, input, output }) =>
        rest === undefined
          ? []
          : [{ name, rest, input, ...(output === undefined ? {} : { output }) }],
      ),
    },
    eventSource: "s3.amazonaws.com",
    thingType: "AWS::S3::Bucket",
    operations: operationMap(operations),
    tools,
    async locate(demand, input): Promise<S3Thing> {
      const asked = demand as S3Demand<unknown>;
      const thing = await locateThing(asked, input, tools);
      const owner = asked.expectedOwner?.(input);
      if (owner !== undefined && owner !== thing.bucket.account) throw accessDenied();
      return thing;
    },
    protection: (thing, demand, _input, context) =>
      protectionOf(thing as S3Thing, demand as S3Demand<unknown>, context),
    conditions: () => ({}),
    check: (thing, demand, _operation, context) =>
      checkThing(thing as S3Thing, demand as S3Demand<unknown>, context),
  };
}
