import type { Service } from "../../api/registry.ts";
import { operationMap } from "../../api/registry.ts";
import { kindOf, resourceArn } from "./model/organization.ts";
import { requireResource } from "./model/refusals.ts";
import type { OrganizationsTools, ResourceDemand, ResourceThing } from "./operation.ts";
import { readOrganization, requireManagement } from "./operation.ts";
import { operations } from "./operations.ts";
import { organizationVersion } from "./tables/organizations.ts";

/** The service of organizations. Its things are the roots, accounts and policies that requests name. */
export function organizationsService(tools: OrganizationsTools): Service {
  return {
    wire: {
      signingName: "organizations",
      protocol: "json",
      targetPrefix: "AWSOrganizationsV20161128",
      operationNames: operations.map((operation) => operation.name),
    },
    eventSource: "organizations.amazonaws.com",
    operations: operationMap(operations),
    tools,
    async locate(demand, input, context): Promise<ResourceThing> {
      const id = demand.locate(input) ?? "";
      const { organization, domain, versions } = await readOrganization(context, tools);
      return {
        id,
        organization,
        domain,
        arn: resourceArn(organization, id),
        // Who belongs to an organization, and does not manage it, is asked for permission and then refused.
        account: context.account,
        version: organizationVersion(organization),
        relied: versions,
      };
    },
    protection(thing, _demand, _input, context) {
      const { organization, id } = thing as ResourceThing;
      return {
        policies: {},
        owner: context.account,
        conditions: () => ({
          "organizations:PolicyType": kindOf(id) === "policy" ? policyType : undefined,
          ...Object.fromEntries(
            Object.entries(organization.tags[id] ?? {}).map(([key, value]) => [
              `aws:ResourceTag/${key}`,
              value,
            ]),
          ),
        }),
      };
    },
    conditions: () => ({}),
    check(thing, demand, _operation, context) {
      const { organization, id } = thing as ResourceThing;
      requireManagement(organization, context);
      requireResource(organization, id, (demand as ResourceDemand<unknown>).role);
    },
  };
}

const policyType = "SERVICE_CONTROL_POLICY";
