import type { GuardRails } from "../../src/api/guard-rails.ts";

/** For tests of what identities alone say. */
export const withoutOrganizations: GuardRails = {
  guardRailsOf: async () => ({ versions: [] }),
};
