import { AwsError } from "../../../base/errors.ts";
import { structure } from "../../../shape/shape.ts";
import { defineOperation, managedOrganization, ownOrganization } from "../operation.ts";
import { deleteOrganization as deletionOf } from "../tables/organizations.ts";

/** Deletes an organization of which only the managing account is left. */
export const deleteOrganization = defineOperation({
  name: "DeleteOrganization",
  readOnly: false,
  input: structure({}),
  identity: [{ action: "organizations:DeleteOrganization", resource: () => "*" }],
  keys: {},
  changes: ownOrganization,
  audit: { request: [] },

  async handle({ context, tools }) {
    const { organization, versions } = await managedOrganization(context, tools);
    if (organization.accounts.length > 1)
      throw new AwsError(
        "OrganizationNotEmptyException",
        "To delete an organization you must first remove all member accounts (except the master).",
      );
    return { output: undefined, change: deletionOf(organization), relied: versions };
  },
});
