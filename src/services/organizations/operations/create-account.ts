import type { Accounts } from "../../../api/accounts.ts";
import { tagConditions } from "../../../api/request-tags.ts";
import { auditAnswer, maskedMembers } from "../../../audit/record-members.ts";
import type { Ids } from "../../../crypto/random.ts";
import type { Change } from "../../../database/commit.ts";
import { joinChanges } from "../../../database/commit.ts";
import type { ValueOf } from "../../../shape/shape.ts";
import { oneOf, required, structure } from "../../../shape/shape.ts";
import { withAccount, withRequest } from "../model/accounts.ts";
import { requestAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import type { AccountRequest } from "../model/organization.ts";
import { tagged } from "../model/tags.ts";
import type { FoundOrganization, OrganizationsTools } from "../operation.ts";
import { changeTo, defineOperation, managedOrganization, ownOrganization } from "../operation.ts";
import { insertMembership } from "../tables/organizations.ts";

const usualRole = "OrganizationAccountAccessRole";

const input = structure({
  Email: required(member.email),
  AccountName: required(member.newAccountName),
  RoleName: member.roleName,
  IamUserAccessToBilling: oneOf("ALLOW", "DENY"),
  Tags: member.tags,
});

/** Creates an account of the organization, with a role through which the managing account gets in. */
export const createAccount = defineOperation({
  name: "CreateAccount",
  readOnly: false,
  input,
  output: structure({ CreateAccountStatus: required(member.createAccountStatus) }),
  identity: [
    {
      action: "organizations:CreateAccount",
      resource: () => "*",
      conditions: ({ Tags }) => tagConditions(Tags),
    },
    {
      action: "organizations:TagResource",
      resource: () => "*",
      when: ({ Tags = [] }) => Tags.length > 0,
      conditions: ({ Tags }) => tagConditions(Tags),
    },
  ],
  keys: {},
  changes: ownOrganization,
  audit: {
    request: ["RoleName", "IamUserAccessToBilling", "Tags"],
    masked: ["Email", "AccountName"],
    response: ({ output }) => ({
      createAccountStatus: {
        ...auditAnswer(member.createAccountStatus, output.CreateAccountStatus),
        ...maskedMembers(["AccountName"]),
      },
    }),
  },

  async handle({ input, context, tools }) {
    const found = await managedOrganization(context, tools);
    const asked = {
      id: `car-${tools.ids.hex(16)}`,
      name: input.AccountName,
      requestedAt: context.time,
    };
    const taken = found.organization.accounts.some(({ email }) => email === input.Email);
    const { request, change } = taken
      ? refusal(asked, found)
      : await creation(asked, input, found, tools);
    return {
      output: { CreateAccountStatus: requestAnswer(request) },
      change,
      relied: found.versions,
    };
  },
});

type Asked = Omit<AccountRequest, "outcome">;

interface Answered {
  readonly request: AccountRequest;
  readonly change: Change;
}

/** What cannot be created is remembered like what was. */
function refusal(asked: Asked, found: FoundOrganization): Answered {
  const request: AccountRequest = { ...asked, outcome: { failure: "EMAIL_ALREADY_EXISTS" } };
  return { request, change: changeTo(withRequest(found.organization, request), found) };
}

async function creation(
  asked: Asked,
  { Email: email, RoleName: role = usualRole, Tags: tags }: ValueOf<typeof input>,
  found: FoundOrganization,
  { accounts, ids }: OrganizationsTools,
): Promise<Answered> {
  const { organization, domain } = found;
  const { name, requestedAt } = asked;
  const account = await freeNumber(accounts, ids);
  const request: AccountRequest = { ...asked, outcome: { account } };
  const joined = withAccount(organization, { id: account, name, email, joinedAt: requestedAt });
  const next = tagged(withRequest(joined, request), account, tags);
  const created = await accounts.create({
    account,
    name,
    createdAt: requestedAt,
    role: { name: role, trusts: organization.managementAccount },
  });
  const belongs = insertMembership(account, organization, ids.version(), domain);
  return { request, change: joinChanges([created, belongs, changeTo(next, found)]) };
}

async function freeNumber(accounts: Accounts, ids: Ids): Promise<string> {
  const number = ids.account();
  return (await accounts.nameOf(number)) === undefined ? number : freeNumber(accounts, ids);
}
