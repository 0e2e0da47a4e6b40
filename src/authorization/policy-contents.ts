/** What a policy speaks of: the condition keys that it reads, and the services that it allows. */
import { foldKey } from "./characters.ts";
import type { PolicyDocument, Statement } from "./policy-document.ts";
import { hasVariables } from "./policy-document.ts";
import { listOf } from "./policy-members.ts";

/** Every condition key that policies read, in conditions or by variables, each once as it was first written. */
export function contextKeysOf(documents: readonly PolicyDocument[]): readonly string[] {
  const keys = new Map<string, string>();
  for (const document of documents)
    for (const key of document.Statement.flatMap((each) => keysOf(each, hasVariables(document))))
      if (!keys.has(foldKey(key))) keys.set(foldKey(key), key);
  return [...keys.values()];
}

/** Whether a policy allows any action of a service, whatever its conditions and resources. */
export function grantsService({ Statement: statements }: PolicyDocument, service: string): boolean {
  return statements.some(({ Effect, Action, NotAction }) => {
    if (Effect !== "Allow") return false;
    const covers = (pattern: string): boolean =>
      pattern === "*" || ["*", service].includes(serviceOf(pattern));
    if (Action !== undefined) return listOf(Action).some(covers);
    return !listOf(NotAction).some((each) => each === "*" || each.toLowerCase() === `${service}:*`);
  });
}

function serviceOf(action: string): string {
  return action.slice(0, action.indexOf(":")).toLowerCase();
}

function keysOf({ Resource, NotResource, Condition }: Statement, variables: boolean): string[] {
  const conditions = Object.values(Condition ?? {});
  const texts = [
    ...listOf(Resource),
    ...listOf(NotResource),
    ...conditions.flatMap((keys) => Object.values(keys).flatMap(listOf)),
  ];
  return [
    ...conditions.flatMap((keys) => Object.keys(keys)),
    ...(variables ? texts.flatMap(variablesIn) : []),
  ];
}

/** The keys of the variables in a text; `${*}`, `${?}` and `${$}` name none. */
function variablesIn(text: string): readonly string[] {
  const keys: string[] = [];
  for (let at = text.indexOf("${"); at >= 0; at = text.indexOf("${", at + 2)) {
    const end = text.indexOf("}", at);
    const [key = ""] = text.slice(at + 2, end < 0 ? text.length : end).split(",", 1);
    if (key.includes(":")) keys.push(key.trim());
  }
  return keys;
}
