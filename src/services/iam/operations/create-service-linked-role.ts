import { AwsError } from "../../../base/errors.ts";
import { required, string, structure } from "../../../shape/shape.ts";
import type { Role } from "../model/identity.ts";
import { entityArn } from "../model/identity.ts";
import * as member from "../model/members.ts";
import type { IamTools } from "../operation.ts";
import { defineOperation } from "../operation.ts";
import { auditRole, roleAnswer, roleDescription, roleShape, usualSession } from "../roles.ts";
import type { LinkedService } from "../service-linked-roles.ts";
import { linkedService, pathOfService } from "../service-linked-roles.ts";
import { insertEntity } from "../tables/changes.ts";
import { normalizeTrustPolicy } from "../trust-policy.ts";

/** Creates the role through which a service acts in the account. */
export const createServiceLinkedRole = defineOperation({
  name: "CreateServiceLinkedRole",
  readOnly: false,
  input: structure({
    AWSServiceName: required(member.groupName),
    Description: roleDescription,
    CustomSuffix: string({ min: 1, max: 64, pattern: /[\w+=,.@-]+/ }),
  }),
  output: structure({ Role: required(roleShape) }),
  identity: [
    {
      action: "iam:CreateServiceLinkedRole",
      resource: ({ AWSServiceName: service }, { account }) =>
        entityArn("role", {
          account,
          name: linkedService(service)?.role ?? "*",
          path: pathOfService(service),
        }),
      conditions: ({ AWSServiceName }) => ({ "iam:AWSServiceName": AWSServiceName }),
    },
  ],
  keys: {},
  audit: {
    request: ["AWSServiceName", "Description", "CustomSuffix"],
    response: ({ output: { Role: created } }) => auditRole(created),
  },

  async handle({ input, context: { account, time }, tools }) {
    const { AWSServiceName, Description: description = "", CustomSuffix } = input;
    const linked = linkedService(AWSServiceName);
    if (linked === undefined)
      throw new AwsError(
        "InvalidInputException",
        `The service ${AWSServiceName} has no service-linked role.`,
      );
    if (CustomSuffix !== undefined)
      throw new AwsError(
        "InvalidInputException",
        `Custom suffix is not allowed for ${AWSServiceName}`,
      );
    const role = await newRole(linked, { account, description, createdAt: time }, tools);
    return {
      output: { Role: await roleAnswer(role, tools) },
      change: insertEntity("role", role, await tools.identities.domain(account)),
    };
  },
});

async function newRole(
  { service, role: name, policy }: LinkedService,
  given: Pick<Role, "account" | "description" | "createdAt">,
  tools: IamTools,
): Promise<Role> {
  if (await tools.identities.isTaken("role", given.account, name))
    throw new AwsError(
      "InvalidInputException",
      `Service role name ${name} has been taken in this account, please try a different suffix.`,
    );
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  };
  return {
    ...given,
    name,
    path: pathOfService(service),
    roleId: tools.ids.unique("AROA"),
    trustPolicy: await normalizeTrustPolicy(JSON.stringify(trust), tools),
    maxSessionDuration: usualSession,
    managedPolicies: [policy],
    inlinePolicies: {},
    tags: {},
    version: tools.ids.version(),
  };
}
