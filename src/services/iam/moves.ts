import type { Entity } from "./model/identity.ts";
import { requireName, requirePath } from "./model/names.ts";
import type { IamTools } from "./operation.ts";
import { requireFree } from "./uniqueness.ts";

const newName = { user: "newUserName", group: "newGroupName" } as const;

/** The name and path of a user or group after an update; what is not given stays. Throws EntityAlreadyExists. */
export async function newPlace(
  kind: "user" | "group",
  before: Entity,
  name: string | undefined,
  path: string | undefined,
  tools: IamTools,
): Promise<Pick<Entity, "name" | "path">> {
  const next = {
    name: name === undefined ? before.name : requireName(newName[kind], name),
    path: path === undefined ? before.path : requirePath(path),
  };
  // Its own name in other letters is free.
  if (next.name.toLowerCase() !== before.name.toLowerCase())
    await requireFree(kind, before.account, next.name, tools);
  return next;
}
