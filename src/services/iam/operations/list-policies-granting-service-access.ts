import { grantsService } from "../../../authorization/policy-contents.ts";
import { parsePolicy } from "../../../authorization/policy-document.ts";
import { list, required, string, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { defineOperation } from "../operation.ts";
import type { AttachedPolicy } from "../policies-of.ts";
import { policiesOf } from "../policies-of.ts";

const granting = structure({
  PolicyName: string(),
  PolicyType: string(),
  PolicyArn: string(),
  EntityType: string(),
  EntityName: string(),
});

/** Lists, by service, the policies of a user, group or role that allow something of it. */
export const listPoliciesGrantingServiceAccess = defineOperation({
  name: "ListPoliciesGrantingServiceAccess",
  readOnly: true,
  input: structure({
    Marker: member.marker,
    Arn: required(member.arn),
    ServiceNamespaces: required(
      list(string({ min: 1, max: 64, pattern: /[\w-]*/ }), { min: 1, max: 200 }),
    ),
  }),
  output: structure({
    PoliciesGrantingServiceAccess: required(
      list(structure({ ServiceNamespace: string(), Policies: list(granting) })),
    ),
    ...member.page,
  }),
  identity: [{ action: "iam:ListPoliciesGrantingServiceAccess", resource: ({ Arn }) => Arn }],
  keys: {},
  audit: { request: ["Arn", "ServiceNamespaces", "Marker"] },

  async handle({ input, context: { account }, tools }) {
    const policies = (await policiesOf(input.Arn, account, tools)).map((policy) => ({
      policy,
      document: parsePolicy(policy.document, "identity"),
    }));
    const listing = `ListPoliciesGrantingServiceAccess ${input.Arn}`;
    const { entries, page } = pageOf(
      [...new Set(input.ServiceNamespaces)],
      input,
      listing,
      (service) => service,
    );
    const PoliciesGrantingServiceAccess = entries.map((service) => ({
      ServiceNamespace: service,
      Policies: policies
        .filter(({ document }) => grantsService(document, service))
        .map(({ policy }) => answer(policy)),
    }));
    return { output: { PoliciesGrantingServiceAccess, ...page } };
  },
});

/** AWS says where an inline policy is; a managed one is named by its ARN. */
function answer({ name, arn, holder }: AttachedPolicy) {
  return arn === undefined
    ? {
        PolicyName: name,
        PolicyType: "INLINE",
        EntityType: holder.kind.toUpperCase(),
        EntityName: holder.name,
      }
    : { PolicyName: name, PolicyType: "MANAGED", PolicyArn: arn };
}
