import { required, structure } from "../../../shape/shape.ts";
import { organizationAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { defineOperation, readOrganization } from "../operation.ts";

/** Describes the organization that the caller's account belongs to. */
export const describeOrganization = defineOperation({
  name: "DescribeOrganization",
  readOnly: true,
  input: structure({}),
  output: structure({ Organization: required(member.organization) }),
  identity: [{ action: "organizations:DescribeOrganization", resource: () => "*" }],
  keys: {},
  audit: { request: [] },

  async handle({ context, tools }) {
    const { organization, versions } = await readOrganization(context, tools);
    return { output: { Organization: organizationAnswer(organization) }, relied: versions };
  },
});
