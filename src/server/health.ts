import type { HttpAnswer } from "./answer.ts";
import { plainAnswer } from "./answer.ts";

/** Why the service should get no traffic, such as `draining`; undefined when it should. */
export type Readiness = () => string | undefined;

/** Answers `GET /livez`, `/readyz` and its alias `/healthz`, exactly; undefined for anything else. No authentication, no details. */
export function answerHealth(
  method: string,
  target: string,
  ready: Readiness,
): HttpAnswer | undefined {
  if (method !== "GET") return undefined;
  if (target === "/livez") return plainAnswer(200, "ok");
  if (target !== "/readyz" && target !== "/healthz") return undefined;
  const reason = ready();
  return reason === undefined ? plainAnswer(200, "ready") : plainAnswer(503, reason);
}
