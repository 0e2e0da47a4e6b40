import type { Service } from "../../api/registry.ts";
import { operationMap } from "../../api/registry.ts";
import { tagConditions } from "../../api/request-tags.ts";
import { AwsError } from "../../base/errors.ts";
import { denial, locateRole } from "./locate.ts";
import { tellWebIdentity } from "./oidc/caller.ts";
import type { RoleThing, StsTools } from "./operation.ts";
import { operations } from "./operations.ts";

/** The security token service. Its things are roles. */
export function stsService(tools: StsTools): Service {
  return {
    wire: {
      signingName: "sts",
      protocol: "query",
      apiVersion: "2011-06-15",
      xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
      operationNames: operations.map((operation) => operation.name),
      unsigned: new Map([["AssumeRoleWithWebIdentity", tellWebIdentity(tools)]]),
    },
    eventSource: "sts.amazonaws.com",
    thingType: "AWS::IAM::Role",
    operations: operationMap(operations),
    tools,
    locate: (demand, input, context) => locateRole(demand, input, context, tools),
    protection(thing, _demand, _input, context) {
      const { role } = thing as RoleThing;
      const { session, federation } = context.caller;
      return {
        policies: { resource: { policy: role.trust, trust: "key-policy" } },
        owner: role.account,
        denial: (action) => denial(context, action, role.arn),
        conditions: () => ({
          "sts:SourceIdentity": session?.sourceIdentity ?? federation?.sourceIdentity,
          "sts:TransitiveTagKeys": federation?.tags?.TransitiveTagKeys,
          ...tagConditions(federation?.tags?.Tags),
          ...Object.fromEntries(
            Object.entries(role.tags).flatMap(([key, value]) => [
              [`aws:ResourceTag/${key}`, value],
              [`iam:ResourceTag/${key}`, value],
            ]),
          ),
        }),
      };
    },
    conditions: () => ({}),
    check(_thing, _demand, _operation, { caller: { principal, session } }) {
      if (principal.type === "Root")
        throw new AwsError("AccessDeniedException", "Roles may not be assumed by root accounts.");
      if (principal.type === "FederatedUser" && session !== undefined)
        throw new AwsError(
          "AccessDeniedException",
          "Cannot call AssumeRole with federation credentials",
        );
    },
  };
}
