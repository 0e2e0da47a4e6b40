import * as assert from "node:assert/strict";
import { before, test } from "node:test";
import type { STS } from "@aws-sdk/client-sts";
import { account, openServer, userArn } from "../conformance/support.ts";
import { connectIam } from "../iam/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { clientCredentials, connectSts, makeRole, refusedBy, trusting } from "./support.ts";

let server: TestServer;
let sts: STS;
let RoleArn: string;
before(async () => {
  server = await openServer();
  sts = connectSts(server);
  RoleArn = await makeRole(connectIam(server), "long", { trust: trusting(userArn("admin")) });
});

for (const [operation, issue] of Object.entries({
  GetSessionToken: (more: object) => sts.getSessionToken(more),
  GetFederationToken: (more: object) => sts.getFederationToken({ Name: "somebody", ...more }),
  AssumeRole: (more: object) => sts.assumeRole({ RoleArn, RoleSessionName: "session", ...more }),
})) {
  test(`${operation} tells the size of the token, which is as long as it is wanted at least`, async () => {
    for (const least of [undefined, 0, 1, 1997, 1998, 1999, 2000, 2001, 4096]) {
      const answer = await issue({ MinimumSessionTokenSize: least });
      const { Credentials, SessionTokenSize = 0, SessionTokenUtilization } = answer;
      assert.equal(SessionTokenSize, Credentials?.SessionToken?.length);
      if (least === undefined || least < 2) assert.ok(SessionTokenSize < 1000);
      else assert.equal(SessionTokenSize, 4 * Math.ceil(least / 4));
      assert.equal(SessionTokenUtilization, Math.ceil(SessionTokenSize / 102.4));
      const session = connectSts(server, clientCredentials(Credentials));
      assert.equal((await session.getCallerIdentity()).Account, account);
    }
  });

  test(`${operation} makes no token longer than AWS does`, () =>
    refusedBy(
      issue({ MinimumSessionTokenSize: 4097 }),
      "ValidationError",
      400,
      /'minimumSessionTokenSize'.* less than or equal to 4096/,
    ));
}
