import { list, required, structure } from "../../../shape/shape.ts";
import { requestAnswer, stateOf } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { defineOperation, managedOrganization } from "../operation.ts";

/** Lists the requests to create accounts that came to one of some states. */
export const listCreateAccountStatus = defineOperation({
  name: "ListCreateAccountStatus",
  readOnly: true,
  input: structure({ States: list(member.requestState), ...member.paging }),
  output: structure({
    CreateAccountStatuses: required(list(member.createAccountStatus)),
    ...member.pageEnd,
  }),
  identity: [{ action: "organizations:ListCreateAccountStatus", resource: () => "*" }],
  keys: {},
  audit: { request: ["States", "NextToken", "MaxResults"] },

  async handle({ input, context, tools }) {
    const { organization, versions } = await managedOrganization(context, tools);
    const { States: states = [] } = input;
    const { entries, page } = pageOf(
      organization.requests.filter(
        ({ outcome }) => states.length === 0 || states.includes(stateOf(outcome)),
      ),
      input,
      `ListCreateAccountStatus ${states.toSorted().join()}`,
      ({ id }) => id,
    );
    return {
      output: { CreateAccountStatuses: entries.map(requestAnswer), ...page },
      relied: versions,
    };
  },
});
