import type { AccountRequest, Organization, OrganizationAccount } from "./organization.ts";
import { fullAwsAccess } from "./organization.ts";
import { constraintViolated } from "./refusals.ts";

/** An organization is one aggregate, so it has a bound. */
const most = 200;
/** Failed requests that are kept, the newest ones; those that made an account all are. */
const mostFailures = 50;

/** The organization with another account. Throws ConstraintViolationException. */
export function withAccount(
  organization: Organization,
  account: OrganizationAccount,
): Organization {
  const { accounts, attachments, enabled } = organization;
  if (accounts.length >= most)
    throw constraintViolated(
      "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
      "You have exceeded the allowed number of AWS accounts.",
    );
  return {
    ...organization,
    accounts: [...accounts, account],
    attachments: enabled ? { ...attachments, [account.id]: [fullAwsAccess.id] } : attachments,
  };
}

/** The organization with another request, and what came of it. */
export function withRequest(organization: Organization, request: AccountRequest): Organization {
  const requests = [...organization.requests, request];
  const failures = requests.filter(({ outcome }) => "failure" in outcome);
  const forgotten = new Set(failures.slice(0, Math.max(0, failures.length - mostFailures)));
  return { ...organization, requests: requests.filter((each) => !forgotten.has(each)) };
}

/** An account of an organization. Throws TypeError: that there is one was checked before. */
export function accountOf({ accounts }: Organization, id: string): OrganizationAccount {
  const account = accounts.find((each) => each.id === id);
  if (account === undefined) throw new TypeError(`account ${id} is not in the organization`);
  return account;
}
