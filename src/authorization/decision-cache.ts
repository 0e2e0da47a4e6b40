/** Decisions that can be known without being made again. */
import type { Decision, Policies } from "./decide.ts";
import { decide } from "./decide.ts";
import type { AuthorizationRequest, Conditions, Principal } from "./request.ts";

/** Who asks and what protects the thing: objects that are made anew whenever anything of them changes. */
export interface Standpoints {
  readonly caller: { readonly principal: Principal };
  readonly protection: object;
}

type Asked = Pick<AuthorizationRequest, "action" | "resource" | "resourceAccount">;

interface Remembered {
  readonly resource: string;
  readonly resourceAccount: string | undefined;
  readonly decision: Decision;
}

/** By caller, protection and action. */
type Known = WeakMap<object, WeakMap<object, Map<string, Remembered>>>;

/**
 * Remembers decisions by the very objects that they rest on. INVARIANT: only what no condition and no grant had a part in is
 * remembered, so that caller, protection, action, resource and owner are all that a decision depends on; a change makes new
 * objects, and what was decided for the old ones is never found again. A protection is of one thing, so that one resource an action
 * is enough to remember: the last one.
 */
export class DecisionCache {
  readonly #most: number;
  #known: Known = new WeakMap();
  #remembered = 0;

  /** Holds so many decisions; then it forgets all and begins anew. */
  constructor(most = 100_000) {
    this.#most = most;
  }

  decide(
    request: AuthorizationRequest,
    policies: Policies,
    { caller, protection }: Standpoints,
  ): Decision {
    const known = this.find(request, { caller, protection });
    if (known !== undefined) return known;
    const watched = watch(request.conditions);
    const decision = decide({ ...request, conditions: watched.conditions }, policies);
    if (!watched.asked() && isFree(decision, policies))
      this.#remember(request, decision, { caller, protection });
    return decision;
  }

  /** What is remembered, without what only a decision would need. */
  find(
    { action, resource, resourceAccount }: Asked,
    { caller, protection }: Standpoints,
  ): Decision | undefined {
    const known = this.#known.get(caller)?.get(protection)?.get(action);
    if (known?.resource !== resource || known.resourceAccount !== resourceAccount) return undefined;
    return known.decision;
  }

  #remember(
    { action, resource, resourceAccount }: Asked,
    decision: Decision,
    { caller, protection }: Standpoints,
  ): void {
    if (this.#remembered >= this.#most) {
      this.#known = new WeakMap();
      this.#remembered = 0;
    }
    this.#remembered++;
    this.#known
      .getOrInsertComputed(caller, () => new WeakMap())
      .getOrInsertComputed(protection, () => new Map())
      .set(action, { resource, resourceAccount, decision });
  }
}

/** Whether no grant had, or could have had, a part in a decision. */
function isFree({ allowed, because }: Decision, { grants = [] }: Policies): boolean {
  if (grants.length === 0 || because.kind === "explicit-deny") return true;
  return allowed && because.kind === "allow" && because.by.every(({ kind }) => kind !== "grant");
}

function watch(conditions: Conditions): {
  readonly conditions: Conditions;
  readonly asked: () => boolean;
} {
  let asked = false;
  return {
    conditions: {
      get(key) {
        asked = true;
        return conditions.get(key);
      },
    },
    asked: () => asked,
  };
}
