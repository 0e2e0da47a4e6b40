import type { AnyOperation } from "../../api/operation.ts";
import { addTags } from "./operations/add-tags.ts";
import { createTrail } from "./operations/create-trail.ts";
import { deleteTrail } from "./operations/delete-trail.ts";
import { describeTrails } from "./operations/describe-trails.ts";
import { getEventSelectors } from "./operations/get-event-selectors.ts";
import { getTrail } from "./operations/get-trail.ts";
import { getTrailStatus } from "./operations/get-trail-status.ts";
import { listPublicKeys } from "./operations/list-public-keys.ts";
import { listTags } from "./operations/list-tags.ts";
import { listTrails } from "./operations/list-trails.ts";
import { lookupEvents } from "./operations/lookup-events.ts";
import { putEventSelectors } from "./operations/put-event-selectors.ts";
import { removeTags } from "./operations/remove-tags.ts";
import { startLogging } from "./operations/start-logging.ts";
import { stopLogging } from "./operations/stop-logging.ts";
import { updateTrail } from "./operations/update-trail.ts";

/** Every operation of the service. To add one: its file, its test, one line here. */
export const operations: readonly AnyOperation[] = [
  addTags,
  createTrail,
  deleteTrail,
  describeTrails,
  getEventSelectors,
  getTrail,
  getTrailStatus,
  listPublicKeys,
  listTags,
  listTrails,
  lookupEvents,
  putEventSelectors,
  removeTags,
  startLogging,
  stopLogging,
  updateTrail,
];
