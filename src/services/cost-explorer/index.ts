import type { Service } from "../../api/registry.ts";
import { operationMap, withoutThings } from "../../api/registry.ts";
import type { CostExplorerTools } from "./operation.ts";
import { operations } from "./operations.ts";

/** What the use of keys would have cost on AWS, as Cost Explorer tells it. */
export function costExplorerService(tools: CostExplorerTools): Service {
  return {
    ...withoutThings,
    wire: {
      signingName: "ce",
      protocol: "json",
      targetPrefix: "AWSInsightsIndexService",
      operationNames: operations.map((operation) => operation.name),
    },
    eventSource: "ce.amazonaws.com",
    operations: operationMap(operations),
    tools,
  };
}
