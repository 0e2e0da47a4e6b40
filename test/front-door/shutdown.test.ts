import * as assert from "node:assert/strict";
import { syncBuiltinESMExports } from "node:module";
import type { TestContext } from "node:test";
import { describe, test } from "node:test";
import {
  connect,
  exchange,
  kmsRequest,
  openTestServer,
  readResponse,
  render,
  send,
  sign,
} from "./support.ts";

describe("shutdown", () => {
  test("requests under way are answered on closing connections, new ones find no server", async () => {
    const started = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const server = await openTestServer({
      shutdownGrace: 10_000,
      invoke: async () => {
        started.resolve();
        await finish.promise;
        return {};
      },
    });
    const idle = connect(server);
    const busy = connect(server);
    busy.write(render(sign(kmsRequest())));
    await started.promise;
    const answer = readResponse(busy);
    const closed = server.close();
    assert.equal((await readResponse(idle)).closed, true);
    assert.equal((await send(server, sign(kmsRequest()))).status, 0);
    finish.resolve();
    const { status, closed: last } = await answer;
    assert.deepEqual([status, last], [200, true]);
    await closed;
    await server.close();
  });

  test("the end is announced before the port closes", async (t) => {
    const shutdownDelay = 60_000;
    const server = await openTestServer({ shutdownDelay });
    stopTimers(t);
    const closed = server.close();
    const readiness = await exchange(server, "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.deepEqual(
      [readiness.status, readiness.body, readiness.closed],
      [503, "draining\n", true],
    );
    const { status, closed: last } = await send(server, sign(kmsRequest()));
    assert.deepEqual([status, last], [200, true]);
    t.mock.timers.tick(shutdownDelay);
    await closed;
    assert.equal((await send(server, sign(kmsRequest()))).status, 0);
  });

  test("requests that outlast the grace are cut off", async () => {
    const started = Promise.withResolvers<void>();
    const server = await openTestServer({
      shutdownGrace: 50,
      invoke: () => {
        started.resolve();
        return new Promise(() => undefined);
      },
    });
    const socket = connect(server);
    const answer = readResponse(socket);
    socket.write(render(sign(kmsRequest())));
    await started.promise;
    await server.close();
    assert.equal((await answer).status, 0);
  });

  test("a taken port is reported", async () => {
    const server = await openTestServer();
    const port = Number(new URL(server.url).port);
    await assert.rejects(openTestServer({ port }), { code: "EADDRINUSE" });
    await server.close();
  });
});

/** Lets time go by for `setTimeout`, which modules have imported already, only when the test says so. */
function stopTimers(t: TestContext): void {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.timers.reset();
    syncBuiltinESMExports();
  });
}
