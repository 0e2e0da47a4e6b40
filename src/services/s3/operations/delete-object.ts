import { joinChanges } from "../../../database/commit.ts";
import { structure } from "../../../shape/shape.ts";
import { objectDemand } from "../demands.ts";
import * as member from "../model/members.ts";
import { objectAudit } from "../object-answer.ts";
import { defineOperation } from "../operation.ts";
import { deleteObject as remove } from "../tables/objects.ts";
import { oweRemoval } from "../tables/removals.ts";

/** Deletes an object, whether there is one or not. Its bytes go with the next sweep. */
export const deleteObject = defineOperation({
  name: "DeleteObject",
  readOnly: false,
  category: "Data",
  input: structure({ Bucket: member.bucket, Key: member.key, ...member.expectedOwner }),
  rest: { method: "DELETE", level: "object", status: 204 },
  keys: { object: objectDemand("s3:DeleteObject") },
  audit: objectAudit,

  handle({ keys: { object: thing }, tools: { places } }) {
    const { object, bucket, domain } = thing;
    if (object === undefined) return { output: undefined };
    if (!object.elsewhere) return { output: undefined, change: remove(object) };
    places.settle(bucket.name, object.key);
    const change = joinChanges([remove(object), oweRemoval(object, bucket, domain)]);
    return { output: undefined, change };
  },
});
