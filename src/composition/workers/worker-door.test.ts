import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { FrontDoor, ReceivedRequest } from "../../server/front-door.ts";
import { readHeaders } from "../../server/headers.ts";
import { MainThread } from "./main-thread.ts";
import { withMain } from "./worker-door.ts";

const connection = { sourceIp: "127.0.0.1", userAgent: "", host: "localhost", secure: false };
const json = "application/x-amz-json-1.1";

/** Who answers a request to a worker. */
async function answeredBy(over: Partial<ReceivedRequest>, type = json, target = "Encrypt") {
  const headers = readHeaders(["X-Amz-Target", `TrentService.${target}`, "Content-Type", type]);
  const request = { method: "POST", target: "/", headers, body: Buffer.of(), connection };
  const answer = (body: string) => ({ status: 200, contentType: "text/plain", body });
  const here: FrontDoor = async () => answer("here");
  const main: MainThread = new MainThread((message) => {
    if (message.kind === "request")
      main.hear({ kind: "answer", id: message.id, answer: answer("main") });
  });
  const { body } = await withMain(here, main)({ requestId: "id", ...request, ...over });
  return body;
}

test("a worker answers what speaks JSON and asks for an operation done there, and hands over the rest", async () => {
  assert.equal(await answeredBy({}), "here");
  assert.equal(await answeredBy({}, `${json}; charset=UTF-8`), "here");
  for (const asked of [
    answeredBy({}, json, "CreateKey"),
    answeredBy({ headers: readHeaders(["Content-Type", json]) }),
    // The requests of other protocols may carry the header for nothing.
    answeredBy({}, "application/x-www-form-urlencoded; charset=utf-8"),
    answeredBy({ method: "GET", target: "/?Action=ListUsers" }),
    answeredBy({ method: "PUT", target: "/bucket/object" }),
  ])
    assert.equal(await asked, "main");
});
