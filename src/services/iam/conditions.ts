import type { ConditionValues } from "../../api/operation.ts";
import type { EntityThing } from "./operation.ts";

/** Values of the condition keys that speak of an entity. */
export function entityConditions({ entity }: EntityThing): ConditionValues {
  const tags = entity !== undefined && "tags" in entity ? entity.tags : {};
  return Object.fromEntries(
    Object.entries(tags).flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`iam:ResourceTag/${key}`, value],
    ]),
  );
}

/** The value of iam:PermissionsBoundary where it is the boundary that an entity has. */
export function boundaryConditions({ entity }: EntityThing): ConditionValues {
  return entity !== undefined && "boundary" in entity
    ? { "iam:PermissionsBoundary": entity.boundary }
    : {};
}
