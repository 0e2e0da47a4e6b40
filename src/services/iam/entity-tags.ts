import type { Change } from "../../database/commit.ts";
import type { EntityKind } from "./model/identity.ts";
import { pageOf } from "./model/paging.ts";
import { mergeTags, withoutTags } from "./model/tags.ts";
import type { EntityThing } from "./operation.ts";
import { found, modifiable } from "./operation.ts";
import { replaceEntity } from "./tables/changes.ts";

/** The kinds of entities that have tags. */
type Tagged = Exclude<EntityKind, "group">;

/** The change that sets tags of an entity. Throws InvalidInput, LimitExceeded. */
export function tagEntity<K extends Tagged>(
  thing: EntityThing<K>,
  tags: Parameters<typeof mergeTags>[1],
): Change {
  const entity = modifiable(thing);
  const next = { ...entity, tags: mergeTags(entity.tags, tags) };
  return replaceEntity(thing.kind, entity, next, thing.domain);
}

/** The change that takes tags away from an entity; keys that it does not have are no fault. */
export function untagEntity<K extends Tagged>(
  thing: EntityThing<K>,
  keys: readonly string[],
): Change {
  const entity = modifiable(thing);
  const next = { ...entity, tags: withoutTags(entity.tags, keys) };
  return replaceEntity(thing.kind, entity, next, thing.domain);
}

/** A page of an entity's tags. */
export function entityTags(thing: EntityThing<Tagged>, input: Parameters<typeof pageOf>[1]) {
  const tags = Object.entries(found(thing).tags).map(([Key, Value]) => ({ Key, Value }));
  const { entries, page } = pageOf(tags, input, `tags of ${thing.arn}`, ({ Key }) => Key);
  return { Tags: entries, ...page };
}
