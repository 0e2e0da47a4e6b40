import * as assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { WireService } from "../../src/api/invoke.ts";
import type { ErrorCode } from "../../src/base/errors.ts";
import { AwsError } from "../../src/base/errors.ts";
import type { Request, TestServer } from "./support.ts";
import {
  connect,
  exchange,
  kmsRequest,
  openTestServer,
  readResponse,
  render,
  send,
  sign,
  stsRequest,
  withHeader,
} from "./support.ts";

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/";
const sts = (body?: string) => sign(stsRequest(body), { service: "sts" });
const get = (target: string): Request =>
  sign({ method: "GET", target, headers: [["Host", "sts.example"]], body: "" }, { service: "sts" });

describe("protocols", () => {
  let server: TestServer;
  let fault: Error | undefined;
  before(async () => {
    server = await openTestServer({
      invoke: async (call) => {
        if (fault) throw fault;
        return call.body();
      },
    });
  });
  after(() => server.close());

  async function failsWith(error: Error, request: Request) {
    fault = error;
    const response = await send(server, request);
    fault = undefined;
    return response;
  }

  test("JSON is recognised by method, path and content type", async () => {
    for (const [name, status] of [
      ["application/x-amz-json-1.1; charset=utf-8", 200],
      ["Application/X-Amz-Json-1.1", 200],
      ["application/x-amz-json-1.0", 404],
      ["application/json", 404],
      ["application/x-amz-json-1.1, text/plain", 404],
    ] as const) {
      const response = await send(server, sign(withHeader(kmsRequest(), "Content-Type", name)));
      assert.equal(response.status, status, name);
      if (status === 404) assert.equal(response.body, "<UnknownOperationException/>\n");
    }
    const bare = await send(server, sign(withHeader(kmsRequest(), "Content-Type", undefined)));
    assert.equal(bare.status, 404);
  });

  test("an unknown or missing target is refused without a message", async () => {
    for (const target of ["TrentService.Nothing", "Encrypt", "trentservice.Encrypt", undefined]) {
      const request = sign(withHeader(kmsRequest(), "X-Amz-Target", target));
      const { status, body } = await send(server, request);
      assert.equal(status, 400);
      assert.equal(body, '{"__type":"UnknownOperationException"}');
    }
  });

  test("a body that is not strict JSON is refused without a message", async () => {
    const deep = "[".repeat(100) + "]".repeat(100);
    for (const body of [
      "",
      "{",
      "{}x",
      '{"a":1,"a":2}',
      '{"a":"\\ud800"}',
      '{"a":"\u0001"}',
      "{'a':1}",
      "\ufeff{}",
      `{"a":${deep}}`,
      `[${"1,".repeat(3000)}1]`,
    ]) {
      const { status, body: answer } = await send(server, sign(kmsRequest("Encrypt", body)));
      assert.equal(status, 400, body.slice(0, 20));
      assert.equal(answer, '{"__type":"SerializationException"}');
    }
  });

  test("a stranger's body is not even parsed", async () => {
    const { body } = await send(server, kmsRequest("Encrypt", "{"));
    assert.match(body, /MissingAuthenticationTokenException/);
  });

  test("any text survives the way in and out", async () => {
    const text = JSON.stringify({ a: "\u0000ü𝔘\u2028\uffff", ["__proto__"]: { b: 1 } });
    const { body } = await send(server, sign(kmsRequest("Encrypt", text)));
    assert.deepEqual(JSON.parse(body), JSON.parse(text));
  });

  test("an error names its type and its message; AccessDeniedException spells it Message", async () => {
    for (const [code, message, status, expected] of [
      ["NotFoundException", "no", 400, '{"__type":"NotFoundException","message":"no"}'],
      ["InvalidCiphertextException", "", 400, '{"__type":"InvalidCiphertextException"}'],
      ["AccessDeniedException", "no", 400, '{"__type":"AccessDeniedException","Message":"no"}'],
      ["KeyUnavailableException", "x", 500, '{"__type":"KeyUnavailableException","message":"x"}'],
    ] as const) {
      const response = await failsWith(new AwsError(code, message), sign(kmsRequest()));
      assert.equal(response.status, status);
      assert.equal(response.body, expected);
    }
  });

  test("a fault of ours is opaque to the client and logged with its cause and id", async () => {
    const bug = new Error("outer", { cause: new TypeError("inner secret detail") });
    const { status, head, body } = await failsWith(bug, sign(kmsRequest()));
    assert.equal(status, 500);
    assert.deepEqual(JSON.parse(body), {
      ["__type"]: "KMSInternalException",
      message:
        "The request was rejected because an internal exception occurred. The request can be retried.",
    });
    const line = server.logged.at(-1);
    assert.equal(line?.level, "error");
    assert.equal(line?.fields["error"], bug);
    assert.ok(head.includes(`x-amzn-RequestId: ${line?.fields["requestId"]}\r\n`));
  });

  test("a query request is answered in XML", async () => {
    const body =
      "Action=AssumeRole&Version=2011-06-15&RoleArn=a%20b+c%2B%26&Tags.member.1.Key=k&Tags.member.2.Key=l";
    const response = await send(server, sts(body));
    assert.equal(response.status, 200);
    assert.match(response.head, /\r\nContent-Type: text\/xml\r\n/);
    const id = /x-amzn-RequestId: (\S+)/.exec(response.head)?.[1];
    assert.equal(
      response.body,
      `<AssumeRoleResponse xmlns="${namespace}"><AssumeRoleResult><RoleArn>a b c+&amp;</RoleArn><Tags><member><Key>k</Key></member><member><Key>l</Key></member></Tags></AssumeRoleResult><ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata></AssumeRoleResponse>\n`,
    );
    assert.deepEqual(JSON.parse(JSON.stringify(server.calls.at(-1)?.body())), {
      RoleArn: "a b c+&",
      Tags: [{ Key: "k" }, { Key: "l" }],
    });
  });

  test("a query request may come by GET, signed by header", async () => {
    const { status } = await send(server, get("/?Action=GetCallerIdentity&Version=2011-06-15"));
    assert.equal(status, 200);
    assert.equal(server.calls.at(-1)?.operation, "GetCallerIdentity");
    assert.equal((await send(server, get("/?Version=2011-06-15"))).status, 404);
    assert.equal((await send(server, get("/"))).status, 404);
  });

  test("query errors carry the query protocol's codes and statuses", async () => {
    const rows: readonly (readonly [ErrorCode, string, number, string])[] = [
      ["AccessDeniedException", "AccessDenied", 403, "Sender"],
      ["ExpiredTokenException", "ExpiredToken", 403, "Sender"],
      ["MalformedPolicyDocumentException", "MalformedPolicyDocument", 400, "Sender"],
      ["ThrottlingException", "Throttling", 400, "Sender"],
      ["ValidationException", "ValidationError", 400, "Sender"],
      ["ServiceUnavailableException", "ServiceUnavailable", 503, "Receiver"],
    ];
    for (const [code, wire, status, type] of rows) {
      const response = await failsWith(new AwsError(code, `<"&'>`), sts());
      assert.equal(response.status, status);
      const id = /x-amzn-RequestId: (\S+)/.exec(response.head)?.[1];
      assert.equal(
        response.body,
        `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type><Code>${wire}</Code><Message>&lt;&quot;&amp;&apos;&gt;</Message></Error><RequestId>${id}</RequestId></ErrorResponse>\n`,
      );
    }
    const bug = await failsWith(new Error("secret detail"), sts());
    assert.equal(bug.status, 500);
    assert.match(bug.body, /<Code>InternalFailure<\/Code>/);
    assert.doesNotMatch(bug.body, /secret detail/);
  });

  test("a service that is not here is told so, whoever signed", async () => {
    for (const request of [
      sign(stsRequest("Action=DescribeVolumes&Version=2016-11-15"), { service: "ec2" }),
      sign(stsRequest("Action=DescribeVolumes&Version=2016-11-15"), {
        service: "ec2",
        secret: "x",
      }),
    ]) {
      const { status, body } = await send(server, request);
      assert.equal(status, 400);
      assert.match(body, /<Code>InvalidAction<\/Code><Message>Keywright has no service ec2\.</);
    }
  });

  test("who is not authenticated is refused in the namespace of the service whose version they name", async () => {
    const query = (signingName: string, apiVersion: string): WireService => {
      const xmlNamespace = `https://${signingName}.amazonaws.com/doc/${apiVersion}/`;
      return { signingName, protocol: "query", apiVersion, xmlNamespace, operationNames: ["Get"] };
    };
    const services = [query("iam", "2010-05-08"), query("sts", "2011-06-15")];
    const both = await openTestServer({ services });
    for (const { apiVersion, xmlNamespace } of services) {
      const text = `Action=Get&Version=${apiVersion}`;
      for (const [target, init] of [
        [`?${text}`, {}],
        ["", { method: "POST", body: new URLSearchParams(text) }],
      ] as const) {
        const response = await fetch(`${both.url}/${target}`, init);
        assert.equal(response.status, 403);
        assert.ok((await response.text()).startsWith(`<ErrorResponse xmlns="${xmlNamespace}">`));
      }
    }
    await both.close();
  });

  test("query authentication errors carry STS's codes", async () => {
    const cases: readonly (readonly [Request, string, number])[] = [
      [stsRequest(), "MissingAuthenticationToken", 403],
      [sign(stsRequest(), { service: "sts", secret: "x" }), "SignatureDoesNotMatch", 403],
      [sign(stsRequest(), { service: "sts", accessKeyId: "X" }), "InvalidClientTokenId", 403],
      [withHeader(sts(), "Authorization", "AWS4-HMAC-SHA256"), "IncompleteSignature", 400],
      [sts("Action=Nothing&Version=2011-06-15"), "InvalidAction", 400],
      [sts("Action=GetCallerIdentity&Action=AssumeRole"), "MalformedInput", 400],
    ];
    for (const [request, code, status] of cases) {
      const response = await send(server, request);
      assert.equal(response.status, status, code);
      assert.ok(response.body.includes(`<Code>${code}</Code>`), response.body);
    }
  });

  test("an action is looked up in its version", async () => {
    for (const [form, text] of [
      ["Action=Nothing&Version=2011-06-15", "operation Nothing for version 2011-06-15"],
      ["Action=GetCallerIdentity", "operation GetCallerIdentity for version NO_VERSION_SPECIFIED"],
      ["Action=GetCallerIdentity&Version=1", "operation GetCallerIdentity for version 1"],
    ] as const)
      assert.match((await send(server, sts(form))).body, new RegExp(`Could not find ${text}<`));
  });

  test("the services of a query request are those that its scope may name", async () => {
    const kmsOnly = await openTestServer({ services: [] });
    assert.equal((await send(kmsOnly, sts())).status, 404);
    await kmsOnly.close();
  });

  test("health is told by exact path, without credentials and without details", async () => {
    let reason: string | undefined;
    const other = await openTestServer({ ready: () => reason });
    const ask = async (target: string) => {
      const response = await exchange(other, `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
      return `${response.status} ${response.body}`;
    };
    assert.equal(await ask("/livez"), "200 ok\n");
    assert.equal(await ask("/readyz"), "200 ready\n");
    assert.equal(await ask("/healthz"), "200 ready\n");
    reason = "sealed";
    assert.equal(await ask("/livez"), "200 ok\n");
    assert.equal(await ask("/readyz"), "503 sealed\n");
    assert.equal(await ask("/healthz"), "503 sealed\n");
    for (const target of ["/livez/", "/LIVEZ", "/livez?a", "/livez%20", "//livez"])
      assert.equal(await ask(target), "404 <UnknownOperationException/>\n", target);
    await other.close();
  });

  test("behind a TLS proxy the address is the one that the proxy wrote, elsewhere nobody's word counts", async () => {
    const request = (value: string) => sign(withHeader(kmsRequest(), "X-Forwarded-For", value));
    const behind = await openTestServer({ behindTlsProxy: true });
    const seen = async (from: TestServer, value: string) => {
      await send(from, request(value));
      const { sourceIp, secure } = from.calls.at(-1)?.connection ?? {};
      return [sourceIp, secure];
    };
    assert.deepEqual(await seen(behind, "1.1.1.1, 10.0.0.7"), ["10.0.0.7", true]);
    assert.deepEqual(await seen(behind, "2001:db8::1"), ["2001:db8::1", true]);
    assert.deepEqual(await seen(behind, "1.1.1.1, x"), ["127.0.0.1", true]);
    assert.deepEqual(await seen(server, "10.0.0.7"), ["127.0.0.1", false]);
    await behind.close();
  });

  test("each request of one connection speaks for itself", async () => {
    const behind = await openTestServer({ behindTlsProxy: true });
    const socket = connect(behind);
    const seen = async (...headers: readonly [name: string, value: string][]) => {
      const request = headers.reduce(
        (made, [name, value]) => withHeader(made, name, value),
        kmsRequest(),
      );
      socket.write(render(sign(request)));
      assert.equal((await readResponse(socket)).status, 200);
      const { sourceIp, userAgent } = behind.calls.at(-1)?.connection ?? {};
      return [sourceIp, userAgent];
    };
    assert.deepEqual(await seen(["User-Agent", "one"]), ["127.0.0.1", "one"]);
    assert.deepEqual(await seen(["User-Agent", "two"]), ["127.0.0.1", "two"]);
    const forwarded = ["X-Forwarded-For", "10.0.0.7"] as const;
    assert.deepEqual(await seen(["User-Agent", "two"], [...forwarded]), ["10.0.0.7", "two"]);
    assert.deepEqual(await seen(["User-Agent", "two"]), ["127.0.0.1", "two"]);
    socket.destroy();
    await behind.close();
  });
});
