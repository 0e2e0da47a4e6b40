import type { Service } from "../../api/registry.ts";
import { operationMap, withoutThings } from "../../api/registry.ts";
import { operations } from "./operations.ts";

/** The security token service. */
export function stsService(): Service {
  return {
    ...withoutThings,
    wire: {
      signingName: "sts",
      protocol: "query",
      apiVersion: "2011-06-15",
      xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
      operationNames: operations.map((operation) => operation.name),
    },
    eventSource: "sts.amazonaws.com",
    operations: operationMap(operations),
    tools: undefined,
  };
}
