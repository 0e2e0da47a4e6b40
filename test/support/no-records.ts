import type { Around } from "../../src/composition/cloudtrail.ts";

/** What services find of a deployment whose audit records are empty. */
export const noRecords: Around = {
  records: {
    settled: () => Promise.resolve(),
    lookup: () => Promise.resolve({ records: [] }),
    read: (_scope, after) => Promise.resolve({ records: [], upTo: after, more: false }),
    regions: () => Promise.resolve([]),
    position: () => Promise.resolve(0),
    usage: () => Promise.resolve([]),
    keyTimes: () => Promise.resolve([]),
  },
  clock: () => new Date(),
};
