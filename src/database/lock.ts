import { DatabaseSync } from "node:sqlite";
import { OperatorError } from "../base/errors.ts";

const busy = 5;

/**
 * Claims a data folder for this process: an exclusive transaction held open on a file of its own (Node has no flock),
 * which the operating system gives up when the process ends, however it ends. Throws OperatorError when another has it,
 * or the file cannot be written.
 */
export function lockFolder(path: string, folder: string): { release(): void } {
  const database = open(path, folder);
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    throw refusal(path, folder, cause);
  }
  return { release: () => database.close() };
}

function open(path: string, folder: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (cause) {
    throw refusal(path, folder, cause);
  }
}

function refusal(path: string, folder: string, cause: unknown): OperatorError {
  // The low byte is the code; what is above says more of it.
  if (cause instanceof Error && "errcode" in cause && (Number(cause.errcode) & 0xff) === busy)
    return new OperatorError(
      `another keywright process uses the data folder ${folder}: stop it first`,
      { cause },
    );
  return new OperatorError(
    `cannot lock ${path} (${cause instanceof Error ? cause.message : cause}): the user who runs this must own ${folder}, and be able to write there`,
    { cause },
  );
}
