import { setImmediate } from "node:timers/promises";
import type { CallContext } from "../../api/context.ts";
import { AwsError } from "../../base/errors.ts";
import type { CostLine } from "./model/costs.ts";
import { costLines } from "./model/costs.ts";
import type { Span } from "./model/periods.ts";
import { monthOf } from "./model/periods.ts";
import type { CostExplorerTools } from "./operation.ts";

/** Lines after which others get a turn: years of many keys are many lines. */
const inOneTurn = 10_000;

/** Hands over what the caller may see cost, in spans that follow one another, line by line. */
export async function readLines(
  spans: readonly Span[],
  context: CallContext,
  { trail, prices }: CostExplorerTools,
  use: (line: CostLine) => void,
): Promise<void> {
  const accounts = visibleAccounts(context);
  const from = spans[0]?.from ?? 0;
  const to = spans.at(-1)?.to ?? 0;
  await trail.settled();
  const [counts, keyTimes] = await Promise.all([
    trail.usage(accounts, monthOf(from), to),
    trail.keyTimes(accounts, monthOf(from), to),
  ]);
  const now = context.time.getTime() / 1_000;
  let handed = 0;
  for (const line of costLines({ counts, keyTimes, prices, now }, spans)) {
    use(line);
    if (++handed % inOneTurn === 0) await setImmediate();
  }
}

/** An account has one view of its bills, which it may name. Throws ResourceNotFoundException. */
export function requireView(arn: string | undefined, { account }: CallContext): void {
  if (arn !== undefined && arn !== `arn:aws:billing::${account}:billingview/primary`)
    throw new AwsError("ResourceNotFoundException", `There is no billing view ${arn}`);
}

/** The account that manages an organization sees what all of it costs, every other one itself. */
function visibleAccounts({ account, caller: { organization } }: CallContext): readonly string[] {
  return organization?.managementAccount === account ? [...organization.accounts] : [account];
}

/** Accounts with their names, as answers tell them. */
export async function describeAccounts(
  accounts: readonly string[],
  tools: CostExplorerTools,
): Promise<readonly { readonly Value: string; readonly Attributes: Record<string, string> }[]> {
  return Promise.all(
    accounts.map(async (account) => {
      const name = await tools.accounts.nameOf(account);
      return { Value: account, Attributes: { description: name ?? account } };
    }),
  );
}
