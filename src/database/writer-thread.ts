import type { MessagePort } from "node:worker_threads";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { Commit } from "./commit.ts";
import type { WriterOptions } from "./embedded-writer.ts";
import { EmbeddedWriter } from "./embedded-writer.ts";

/** What the front of the process sends to the thread that owns the database and the journal. */
export type WriterRequest =
  | { readonly kind: "commit"; readonly id: number; readonly commit: Commit }
  | { readonly kind: "close" };

/** What it hears back. `fatal`: nothing more will be written; the process must end and recover at the next start. */
export type WriterReply =
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly results: readonly WriterResult[] }
  | { readonly kind: "fatal"; readonly reason: string }
  | { readonly kind: "closed" };

export type WriterResult =
  | { readonly id: number; readonly stale: readonly string[] }
  | { readonly id: number; readonly failed: string };

if (parentPort !== null) serve(parentPort, workerData as WriterOptions);

/** Takes what has gathered while the last batch was written, writes it, answers, and so on: no timer in the way. */
function serve(port: MessagePort, options: WriterOptions): void {
  const writer = guarded(port, () => EmbeddedWriter.open({ ...options, now: () => new Date() }));
  if (writer === undefined) return;
  const reply = (message: WriterReply): void => port.postMessage(message);
  const signer = setInterval(() => guarded(port, () => writer.sign()), 1_000);

  port.on("message", (first: WriterRequest[]) => {
    const requests = [...first];
    for (
      let more = receiveMessageOnPort(port);
      more !== undefined;
      more = receiveMessageOnPort(port)
    )
      requests.push(...(more.message as WriterRequest[]));
    const commits = requests.filter((each) => each.kind === "commit");
    if (commits.length > 0) {
      const results = guarded(port, () => writer.commit(commits));
      if (results === undefined) return;
      reply({ kind: "done", results });
    }
    if (commits.length === requests.length) return;
    clearInterval(signer);
    guarded(port, () => writer.close());
    reply({ kind: "closed" });
    port.close();
  });
  reply({ kind: "ready" });
}

/** Runs the work; on any failure says so and ends the thread: after a failed write nothing on disk may be guessed at. */
function guarded<T>(port: MessagePort, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    port.postMessage({ kind: "fatal", reason } satisfies WriterReply);
    port.close();
    return undefined;
  }
}
