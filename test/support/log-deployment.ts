import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { generateSigningKey } from "../../src/crypto/signature.ts";
import { Journal } from "../../src/database/journal.ts";
import type { Sequencer, SequencerOptions } from "../../src/database/log/sequencer.ts";

export const signing = generateSigningKey();
const now = (): Date => new Date("2026-01-02T03:04:05Z");
export const account = "111122223333";
export const region = "eu-west-1";

/** A deployment whose writer and sequencer can be stopped and started. */
export function deployment(t: TestContext, segmentBytes = 64 * 1024) {
  const folder = mkdtempSync(join(tmpdir(), "keywright-log-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const journalFolder = join(folder, "audit");
  const shared = { deployment: "deployment-1", ...signing, now };
  const openJournal = (): Journal =>
    Journal.open({ ...shared, folder: journalFolder, segmentBytes });
  let journal = openJournal();
  let ids = 0;
  const options: SequencerOptions = {
    ...shared,
    journalFolder,
    logs: { folder: join(journalFolder, "log") },
    indexPath: join(folder, "index.sqlite"),
    newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, "0")}`,
    durable: () => journal.sequence,
  };
  return {
    folder,
    options,
    append(...records: readonly string[]): void {
      const bytes = records.map((each) => Buffer.from(each));
      journal.reserve(bytes);
      journal.append(bytes);
    },
    sign: () => journal.checkpoint(),
    restartJournal(): void {
      journal.close();
      journal = openJournal();
    },
    checkpoint: (boot: number) =>
      readFileSync(join(options.logs.folder, String(boot).padStart(8, "0"), "checkpoint"), "utf8"),
  };
}

export function record(id: number, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    eventTime: new Date(1_700_000_000_000 + id * 1_000).toISOString(),
    eventName: "Decrypt",
    awsRegion: region,
    recipientAccountId: account,
    eventID: eventId(id),
    eventCategory: "Management",
    managementEvent: true,
    readOnly: true,
    ...more,
  });
}
const eventId = (id: number): string => `${id.toString(16).padStart(8, "0")}-0000-4000-8000-0`;

export function settle(sequencer: Sequencer): void {
  while (sequencer.take());
  sequencer.publish();
}

export const texts = (sequencer: Sequencer, from: number, end: number): readonly string[] =>
  Array.from({ length: end - from }, (_, at) =>
    Buffer.from(sequencer.entries.find(from + at) ?? []).toString(),
  );
