import { setImmediate as nextTurn } from "node:timers/promises";
import type { Answer, Invoke } from "../api/invoke.ts";
import type { Clock } from "../base/clock.ts";
import { AwsError } from "../base/errors.ts";
import type { JsonLimits, JsonObject, JsonValue } from "../base/json.ts";
import { isJsonList, isJsonObject, requestLimits } from "../base/json.ts";
import type { HttpAnswer } from "./answer.ts";
import type { Signed } from "./authenticate.ts";
import type { Log } from "./log.ts";
import type { MakeCall, Message } from "./message.ts";
import { asFault } from "./message.ts";
import { errorMembers, readJsonBody, writeJsonAnswer } from "./protocols/json.ts";

/** Many calls in one signed request, each as if it had come alone (docs/batching.md). */

/** One call of a batch. */
interface BatchEntry {
  /** The client's own name for it; comes back with the result. */
  readonly id: string | undefined;
  readonly operation: string;
  readonly input: JsonObject;
}

const mostEntries = 100;
const longestId = 128;
/** Milliseconds for which a batch may keep the event loop before others have a turn. Usual ones take less. */
const longestTurn = 10;
const limits: JsonLimits = { depth: requestLimits.depth, values: 20_000 };

/** What a batch needs of the front door. */
interface BatchDoorOptions {
  readonly invoke: Invoke;
  readonly clock: Clock;
  readonly log: Log;
  readonly newRequestId: () => string;
}

/**
 * Answers a batch of calls of these operations. All calls begin in one turn of the event loop, unless they take long, so that what
 * they commit travels together; the answer waits for the last of them. Rejects for a body that is no batch, of which nothing was
 * done then.
 */
type AnswerBatch = (
  message: Message,
  signed: Signed,
  operations: readonly string[],
) => Promise<HttpAnswer>;

/** Opens the way for batches. */
export function openBatchDoor(
  { invoke, clock, log, newRequestId }: BatchDoorOptions,
  call: MakeCall,
): AnswerBatch {
  return async (message, signed, operations) => {
    const entries = readEntries(readJsonBody(message.body, limits));
    const { requestId: batchId } = message;

    const perform = ({ operation, input }: BatchEntry, requestId: string): Promise<Answer> => {
      if (!operations.includes(operation)) throw notForBatches(operations);
      const asked = { operation, body: () => input, batchId };
      return invoke(call({ ...message, requestId }, signed, asked));
    };

    const answer = async (entry: BatchEntry): Promise<JsonObject> => {
      const requestId = newRequestId();
      const told = { ...(entry.id !== undefined && { Id: entry.id }), RequestId: requestId };
      try {
        return { ...told, Output: (await perform(entry, requestId)) ?? {} };
      } catch (error) {
        return { ...told, Error: toldOf(asFault(error, requestId, log)) };
      }
    };

    const answers: Promise<JsonObject>[] = [];
    let since = clock().getTime();
    for (const entry of entries) {
      if (clock().getTime() - since >= longestTurn) {
        await nextTurn();
        since = clock().getTime();
      }
      answers.push(answer(entry));
    }
    return writeJsonAnswer({ Results: await Promise.all(answers) });
  };
}

/** An error as the body of its own answer would tell it, and what would stand in a header there. */
function toldOf(error: AwsError): JsonObject {
  const { authorizationMessage: AuthorizationMessage } = error;
  return {
    ...errorMembers(error),
    ...(AuthorizationMessage !== undefined && { AuthorizationMessage }),
  };
}

/** The entries of a body. Throws SerializationException for other types than these, ValidationException for too few or too many. */
function readEntries(body: JsonValue): readonly BatchEntry[] {
  const entries = isJsonObject(body) ? body["Entries"] : null;
  if (!isJsonList(entries)) throw new AwsError("SerializationException", "Entries must be a list.");
  if (entries.length < 1 || entries.length > mostEntries)
    throw new AwsError(
      "ValidationException",
      `A batch has 1 to ${mostEntries} entries, not ${entries.length}.`,
    );
  return entries.map(readEntry);
}

function readEntry(entry: JsonValue, place: number): BatchEntry {
  const { Id, Operation: operation, Input: input } = isJsonObject(entry) ? entry : {};
  const id = Id ?? undefined;
  if (typeof operation !== "string") throw unreadable(place, "Operation must be text");
  if (!isJsonObject(input)) throw unreadable(place, "Input must be an object");
  if (id !== undefined && (typeof id !== "string" || id.length > longestId))
    throw unreadable(place, `Id must be text of at most ${longestId} characters`);
  return { id, operation, input };
}

function unreadable(place: number, fault: string): AwsError {
  return new AwsError("SerializationException", `Entry ${place}: ${fault}.`);
}

function notForBatches(operations: readonly string[]): AwsError {
  const names = `${operations.slice(0, -1).join(", ")} and ${operations.at(-1)}`;
  return new AwsError("UnsupportedOperationException", `A batch takes ${names} only.`);
}
