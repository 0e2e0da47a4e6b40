import type { Operation, Thing, ThingDemand } from "../../api/operation.ts";
import type { SessionIdentities, SessionRole } from "../../api/sessions.ts";
import type { Ids } from "../../crypto/random.ts";
import type { IdentityTokens } from "./oidc/identity-tokens.ts";

/** A role that a request asks to assume. */
export interface RoleThing extends Thing {
  readonly role: SessionRole;
}

/** What handlers of this service work with. */
export interface StsTools {
  readonly identities: SessionIdentities;
  readonly identityTokens: IdentityTokens;
  readonly ids: Ids;
}

/** Declares an operation of STS; the types of input, output and roles follow from its data. */
export function defineOperation<Input, Output, Secret, Names extends string = never>(
  operation: Operation<Input, Output, Secret, Names, ThingDemand<Input>, RoleThing, StsTools>,
): Operation<Input, Output, Secret, Names, ThingDemand<Input>, RoleThing, StsTools> {
  return Object.freeze(operation);
}
