import { DatabaseSync } from "node:sqlite";
import { OperatorError } from "../base/errors.ts";

/**
 * Claims a data folder for this process: an exclusive transaction held open on a file of its own (Node has no flock),
 * which the operating system gives up when the process ends, however it ends. Throws OperatorError when another has it.
 */
export function lockFolder(path: string, folder: string): { release(): void } {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    throw new OperatorError(
      `another keywright process uses the data folder ${folder}: stop it first`,
      { cause },
    );
  }
  return { release: () => database.close() };
}
