import type { IncomingMessage } from "node:http";
import { PlaceFailure } from "./place.ts";
import { silence } from "./remote-exchange.ts";

/** What of an answer that is no object is read. */
const longest = 65_536;

/** The text of an answer that is no object. A longer one is cut off, and one that is broken off is as good as read. */
export async function drained(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  const timer = setTimeout(() => answer.destroy(), silence);
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > longest) break;
    }
  } catch {
    // Its status has said what matters.
  } finally {
    clearTimeout(timer);
    answer.destroy();
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * The next bytes of an answer, so many or fewer where it ends. Time runs only while they are waited for: whoever reads slowly may. Throws
 * PlaceFailure.
 */
export async function nextBytes(
  answer: IncomingMessage,
  chunks: AsyncIterator<Buffer>,
  rest: { bytes: Buffer },
  bytes: number,
): Promise<Uint8Array> {
  const parts = [rest.bytes];
  let length = rest.bytes.length;
  const timer = setTimeout(() => answer.destroy(new Error("it does not go on")), silence);
  try {
    while (length < bytes) {
      const next = await chunks.next();
      if (next.done === true) break;
      parts.push(next.value);
      length += next.value.length;
    }
  } catch (cause) {
    throw new PlaceFailure("the store broke off its answer", { kind: "unavailable", cause });
  } finally {
    clearTimeout(timer);
  }
  const all = Buffer.concat(parts);
  rest.bytes = all.subarray(bytes);
  return all.subarray(0, bytes);
}
