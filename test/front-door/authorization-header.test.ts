import * as assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Request, Signing, TestServer } from "./support.ts";
import {
  accessKeyId,
  assertRefused,
  header,
  kmsRequest,
  openTestServer,
  send,
  sign,
  time,
  withHeader,
} from "./support.ts";

const foundBoth =
  "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.";

describe("the Authorization header", () => {
  let server: TestServer;
  before(async () => {
    server = await openTestServer();
  });
  after(() => server.close());

  const refused = (request: Request, type: string, message: string) =>
    assertRefused(server, request, type, message);
  const incomplete = (request: Request, message: string) =>
    refused(request, "IncompleteSignatureException", message);
  const invalid = (request: Request, message: string) =>
    refused(request, "InvalidSignatureException", message);
  const signed = (signing: Signing = {}) => sign(kmsRequest(), signing);
  const authorized = (value: string) => withHeader(signed(), "Authorization", value);

  test("a request without credentials is refused", () =>
    refused(
      withHeader(signed(), "Authorization", undefined),
      "MissingAuthenticationTokenException",
      "Request is missing Authentication Token",
    ));

  test("credentials in header and query are refused, however the query spells them", async () => {
    for (const target of [
      "/?X-Amz-Algorithm=AWS4-HMAC-SHA256",
      "/?X%2DAmz-Algorithm=AWS4-HMAC-SHA256",
      "/?x-amz-credential=a",
    ])
      await invalid(sign({ ...kmsRequest(), target }), foundBoth);
  });

  test("credentials in the query alone are refused", () =>
    invalid(
      {
        ...kmsRequest(),
        target: `/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${accessKeyId}`,
      },
      "authentication by query string is not accepted, only by Authorization header",
    ));

  test("another algorithm is refused", async () => {
    await incomplete(authorized("Basic YTpi"), "Unsupported AWS 'algorithm': 'Basic'.");
    await incomplete(
      authorized("AWS4-ECDSA-P256-SHA256 Credential=a"),
      "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.",
    );
  });

  test("missing parts of the header are listed in AWS's order", async () => {
    await incomplete(
      withHeader(authorized("AWS4-HMAC-SHA256"), "X-Amz-Date", undefined),
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256",
    );
    const value = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260102/us-east-1/kms/aws4_request, SignedHeaders=host`;
    await incomplete(
      authorized(value),
      `Authorization header requires 'Signature' parameter. Authorization=${value}`,
    );
  });

  test("parts that repeat, are unknown or have no value are refused", async () => {
    const value = header(signed(), "authorization");
    const besides =
      "the Authorization header holds something besides Credential, SignedHeaders and Signature, each once";
    await incomplete(authorized(`${value}, Credential=a`), besides);
    await incomplete(authorized(`${value}, Extra=a`), besides);
    await incomplete(
      authorized("AWS4-HMAC-SHA256 test"),
      "'test' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 test'.",
    );
  });

  test("parts may be separated by a comma alone", async () => {
    const value = header(signed(), "authorization").replaceAll(", ", ",");
    assert.equal((await send(server, authorized(value))).status, 200);
  });

  test("signed headers out of order, repeated or in capitals are refused", async () => {
    const value = header(signed(), "authorization");
    for (const names of ["x-amz-date;host", "host;host;x-amz-date", "Host;x-amz-date", "host;;x"])
      await incomplete(
        authorized(value.replace(/SignedHeaders=[^,]*/, `SignedHeaders=${names}`)),
        "`SignedHeaders` must be lower-case names in ascending order",
      );
  });

  test("a date that is not in ISO 8601 basic format is refused", async () => {
    for (const date of ["2026-01-02T03:04:05Z", "20260230T030405Z", "20260102T250405Z", "x"])
      await incomplete(
        sign(kmsRequest(), { date, scopeDate: "20260102" }),
        `Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
      );
  });

  test("the Date header serves where X-Amz-Date is absent, in either format", async () => {
    for (const date of ["Fri, 02 Jan 2026 03:04:05 GMT", time]) {
      const request = sign(withHeader(kmsRequest(), "Date", date), { unsigned: ["x-amz-date"] });
      const { status } = await send(server, withHeader(request, "X-Amz-Date", undefined));
      assert.equal(status, 200);
    }
    await incomplete(
      withHeader(
        withHeader(sign(kmsRequest(), { unsigned: ["x-amz-date"] }), "X-Amz-Date", undefined),
        "Date",
        "Friday, 02-Jan-26 03:04:05 GMT",
      ),
      "Date must be in ISO-8601 'basic format'. Got 'Friday, 02-Jan-26 03:04:05 GMT'. See http://en.wikipedia.org/wiki/ISO_8601",
    );
  });

  test("a credential has five parts", () =>
    incomplete(
      authorized(header(signed(), "authorization").replace("/aws4_request", "")),
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${accessKeyId}/20260102/us-east-1/kms'`,
    ));

  test("a scope for another region, service, terminator or day is refused in AWS's sentences", async () => {
    await invalid(
      signed({ region: "US-EAST-1" }),
      "Credential should be scoped to a valid region, not 'US-EAST-1'. ",
    );
    await invalid(
      signed({ service: "sts" }),
      "Credential should be scoped to correct service: 'kms'. ",
    );
    await invalid(
      signed({ terminator: "aws5" }),
      "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'. ",
    );
    await invalid(
      signed({ scopeDate: "20260101" }),
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260101' != '20260102', from '${time}'.`,
    );
    await invalid(
      signed({ region: "x", service: "s3", terminator: "t", scopeDate: "20260101" }),
      `Credential should be scoped to a valid region, not 'x'. Credential should be scoped to correct service: 'kms'. Credential should be scoped with a valid terminator: 'aws4_request', not 't'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260101' != '20260102', from '${time}'.`,
    );
  });

  test("a region that is not served is refused", async () => {
    const small = await openTestServer({ regions: ["eu-central-1"] });
    const { body } = await send(small, signed());
    assert.match(body, /Credential should be scoped to a valid region, not 'us-east-1'\. "/);
    assert.equal((await send(small, signed({ region: "eu-central-1" }))).status, 200);
    await small.close();
  });
});
