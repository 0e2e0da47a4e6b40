import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { openServer } from "../conformance/support.ts";
import { account } from "../support/keywright.ts";
import { decoded, trusting } from "./policies-support.ts";
import { connectIam, refusedBy } from "./support.ts";

const arnOf = (name: string): string => `arn:aws:iam::${account}:oidc-provider/${name}`;
const thumbprint = (digit: string): string => digit.repeat(40);

describe("OpenID Connect providers of IAM", () => {
  let iam: IAM;
  before(async () => {
    iam = connectIam(await openServer());
  });

  test("a provider comes back as it was registered, and is named by its URL", async () => {
    const { OpenIDConnectProviderArn, Tags } = await iam.createOpenIDConnectProvider({
      Url: "https://issuer.example:8443/id/One",
      ClientIDList: ["b", "a", "b"],
      ThumbprintList: [thumbprint("A")],
      Tags: [{ Key: "a", Value: "b" }],
    });
    assert.equal(OpenIDConnectProviderArn, arnOf("issuer.example:8443/id/One"));
    assert.deepEqual(Tags, [{ Key: "a", Value: "b" }]);
    const found = await iam.getOpenIDConnectProvider({ OpenIDConnectProviderArn });
    assert.equal(found.Url, "issuer.example:8443/id/One");
    assert.deepEqual(found.ClientIDList, ["b", "a"]);
    assert.deepEqual(found.ThumbprintList, [thumbprint("a")]);
    assert.deepEqual(found.Tags, Tags);
    const { OpenIDConnectProviderList } = await iam.listOpenIDConnectProviders({});
    assert.deepEqual(OpenIDConnectProviderList, [{ Arn: OpenIDConnectProviderArn }]);
  });

  test("a URL is an issuer's: https, no user, query or fragment, nothing to put right", async () => {
    const wrong = [
      "http://issuer.example",
      "issuer.example",
      "https://",
      "https://user@issuer.example",
      "https://issuer.example?a=b",
      "https://issuer.example/#a",
      "https://ISSUER.example",
      "https://issuer.example/a/../b",
    ];
    for (const Url of wrong)
      await refusedBy(
        iam.createOpenIDConnectProvider({ Url }),
        "ValidationError",
        400,
        "Invalid Open ID Connect Provider URL",
      );
  });

  test("a URL is registered once, and lists have their bounds", async () => {
    const Url = "https://once.example";
    await iam.createOpenIDConnectProvider({ Url });
    await refusedBy(
      iam.createOpenIDConnectProvider({ Url }),
      "EntityAlreadyExistsException",
      409,
      "Provider with url https://once.example already exists.",
    );
    await refusedBy(
      iam.createOpenIDConnectProvider({
        Url: "https://many.example",
        ClientIDList: Array.from({ length: 101 }, (_, at) => `client${at}`),
      }),
      "LimitExceededException",
      409,
      "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100",
    );
    await refusedBy(
      iam.createOpenIDConnectProvider({
        Url: "https://many.example",
        ThumbprintList: [..."123456"].map(thumbprint),
      }),
      "InvalidInputException",
      400,
      "Thumbprint list must contain fewer than 5 entries.",
    );
  });

  test("clients, thumbprints and tags change, repeated changes do not hurt", async () => {
    const OpenIDConnectProviderArn = arnOf("once.example");
    const provider = { OpenIDConnectProviderArn };
    for (const ClientID of ["one", "two", "one"])
      await iam.addClientIDToOpenIDConnectProvider({ ...provider, ClientID });
    for (let twice = 0; twice < 2; twice++)
      await iam.removeClientIDFromOpenIDConnectProvider({ ...provider, ClientID: "one" });
    const ThumbprintList = [thumbprint("1"), thumbprint("2")];
    await iam.updateOpenIDConnectProviderThumbprint({ ...provider, ThumbprintList });
    await refusedBy(
      iam.updateOpenIDConnectProviderThumbprint({
        ...provider,
        ThumbprintList: [thumbprint("x")],
      }),
      "InvalidInputException",
      400,
      /40 hexadecimal digits/,
    );
    await iam.tagOpenIDConnectProvider({ ...provider, Tags: [{ Key: "a", Value: "b" }] });
    await iam.tagOpenIDConnectProvider({ ...provider, Tags: [{ Key: "c", Value: "d" }] });
    await iam.untagOpenIDConnectProvider({ ...provider, TagKeys: ["a"] });
    const found = await iam.getOpenIDConnectProvider(provider);
    assert.deepEqual(found.ClientIDList, ["two"]);
    assert.deepEqual(found.ThumbprintList, ThumbprintList);
    assert.deepEqual(found.Tags, [{ Key: "c", Value: "d" }]);
    assert.deepEqual((await iam.listOpenIDConnectProviderTags(provider)).Tags, found.Tags);
  });

  test("a trust policy may name a provider that is registered, and no other", async () => {
    const Federated = arnOf("once.example");
    const document = trusting({ Federated }, "sts:AssumeRoleWithWebIdentity");
    await iam.createRole({ RoleName: "federated", AssumeRolePolicyDocument: document });
    const { Role } = await iam.getRole({ RoleName: "federated" });
    assert.deepEqual(decoded(Role?.AssumeRolePolicyDocument), JSON.parse(document));
    await iam.deleteOpenIDConnectProvider({ OpenIDConnectProviderArn: Federated });
    await refusedBy(
      iam.getOpenIDConnectProvider({ OpenIDConnectProviderArn: Federated }),
      "NoSuchEntityException",
      404,
      `OpenIDConnect Provider not found for arn ${Federated}`,
    );
    await refusedBy(
      iam.updateAssumeRolePolicy({ RoleName: "federated", PolicyDocument: document }),
      "MalformedPolicyDocumentException",
      400,
      `Invalid principal in policy: "FEDERATED":"${Federated}"`,
    );
  });
});
