import type { AnyOperation } from "../../api/operation.ts";
import { getCallerIdentity } from "./operations/get-caller-identity.ts";

/** Every operation of the service. To add one: its file, its test, one line here. */
export const operations: readonly AnyOperation[] = [getCallerIdentity];
