import type { ServiceEvent } from "../../api/operation.ts";
import { serviceEvent } from "../../api/service-event.ts";
import type { Change, Committer } from "../../database/commit.ts";
import type { KmsKey } from "./model/key.ts";
import type { KmsTools } from "./operation.ts";
import { rotateKey } from "./rotation.ts";
import { replaceKey } from "./tables/keys.ts";
import { listDue } from "./tables/listings.ts";

/** What the service does by the clock: it destroys keys whose waiting period has ended and rotates those that are due. */
export interface Sweeper {
  readonly tools: KmsTools;
  readonly committer: Committer;
  readonly forget: (aggregates: readonly string[]) => void;
}

const atOnce = 100;
const service = { eventSource: "kms.amazonaws.com", thingType: "AWS::KMS::Key" };

/** Does what is due; returns how many keys it changed. A key that changed meanwhile is left for the next time. */
export async function sweep({ tools, committer, forget }: Sweeper, now: Date): Promise<number> {
  let done = 0;
  for (const { account, region, keyId } of await listDue(tools.keys.reader, now, atOnce)) {
    const key = await tools.keys.find(account, region, keyId);
    const due = key && dueChange(key, now, tools);
    if (key === undefined || due === undefined) continue;
    const record = serviceEvent(due.event, service, { region, time: now }, tools.ids);
    const { stale } = await committer.submit({
      relied: [key.version],
      change: due.change,
      records: [record],
    });
    forget([...stale, key.version.aggregate]);
    if (stale.length > 0) continue;
    if (due.event.name === "DeleteKey") tools.keyStore.forget(key.domain, keyId);
    done++;
  }
  return done;
}

function dueChange(
  key: KmsKey,
  now: Date,
  tools: KmsTools,
): { readonly change: Change; readonly event: ServiceEvent } | undefined {
  if (key.state === "PendingDeletion" && key.deletionDate !== undefined && key.deletionDate <= now)
    return { change: destroy(key), event: { name: "DeleteKey", thing: key } };
  if (key.state === "Enabled" && key.rotation !== undefined && key.rotation.nextDate <= now)
    return rotateKey(key, "AUTOMATIC", now, tools.keyStore);
  return undefined;
}

/** Key material, aliases, grants and tags go; a tombstone stays, so that the id never names another key. */
function destroy({ rotation: _rotation, ...key }: KmsKey): Change {
  return replaceKey(key, {
    ...key,
    state: "Deleted",
    description: "",
    tags: [],
    materials: [],
    aliases: [],
    grants: [],
  });
}
