import { minute } from "../../base/clock.ts";
import type { Reader } from "../../database/database.ts";
import type { CredentialReport } from "./tables/credential-reports.ts";
import { readCredentialReport } from "./tables/credential-reports.ts";
import type { IdentityTables } from "./tables/identities.ts";

/** How long a report is taken for the newest. */
const freshFor = 4 * 60 * minute;

/** Finds the newest credential report of an account. */
export type FindCredentialReport = (account: string) => Promise<CredentialReport | undefined>;

export function credentialReports(reader: Reader, tables: IdentityTables): FindCredentialReport {
  return async (account) => readCredentialReport(reader, account, await tables.domain(account));
}

/** Whether a report need not be made anew yet. */
export function isFresh({ generatedAt }: CredentialReport, now: Date): boolean {
  return now.getTime() - generatedAt.getTime() < freshFor;
}
