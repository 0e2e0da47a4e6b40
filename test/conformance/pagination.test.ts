import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import {
  paginateListAliases,
  paginateListGrants,
  paginateListKeyPolicies,
  paginateListKeyRotations,
  paginateListKeys,
  paginateListResourceTags,
  paginateListRetirableGrants,
} from "@aws-sdk/client-kms";
import fc from "fast-check";
import type { TestServer } from "../support/keywright.ts";
import type { NewKey } from "./support.ts";
import { connect, createKey, openServer, refused, userArn } from "./support.ts";

interface PageRequest {
  readonly Limit?: number;
  readonly Marker?: string;
}
interface Page {
  readonly entries: readonly string[];
  readonly Truncated: boolean | undefined;
  readonly NextMarker: string | undefined;
}
interface Listing {
  readonly total: number;
  readonly most: number;
  readonly page: (request: PageRequest) => Promise<Page>;
  readonly pages: (pageSize: number) => AsyncIterable<Page>;
}

interface Truncatable {
  readonly Truncated?: boolean | undefined;
  readonly NextMarker?: string | undefined;
}

/** An SDK paginator's pages as ours. */
async function* pagesOf<T extends Truncatable>(
  pages: AsyncIterable<T>,
  entriesOf: (page: T) => readonly string[],
): AsyncIterable<Page> {
  for await (const page of pages) yield pageOf(page, entriesOf);
}

function pageOf<T extends Truncatable>(page: T, entriesOf: (page: T) => readonly string[]): Page {
  return { entries: entriesOf(page), Truncated: page.Truncated, NextMarker: page.NextMarker };
}

/** All entries, page by page, with these limits in turn. */
async function walk(page: Listing["page"], limits: readonly number[]): Promise<readonly string[]> {
  const found: string[] = [];
  let next: PageRequest = {};
  for (let turn = 0; turn === 0 || next.Marker !== undefined; turn++) {
    const Limit = limits[turn % limits.length] ?? 1;
    const { entries, NextMarker } = await page({ ...next, Limit });
    if (NextMarker === undefined) assert.ok(entries.length <= Limit);
    else assert.equal(entries.length, Limit);
    found.push(...entries);
    next = NextMarker === undefined ? {} : { Marker: NextMarker };
  }
  return found;
}

const predefined = 20;
const text = (values: readonly unknown[] = []): readonly string[] =>
  values.map((each) => JSON.stringify(each));

describe("pagination (facts 17)", () => {
  let server: TestServer;
  let client: KMS;
  let key: NewKey;
  let listings: Readonly<Record<string, Listing>>;
  before(async () => {
    server = await openServer();
    client = connect(server);
    const Tags = Array.from({ length: 7 }, (_, index) => ({ TagKey: `t${index}`, TagValue: "" }));
    key = await createKey(client, { Tags });
    const KeyId = key.id;
    for (let index = 0; index < 7; index++) {
      if (index > 0) await createKey(client);
      await client.createAlias({ AliasName: `alias/a${index}`, TargetKeyId: KeyId });
      await client.rotateKeyOnDemand({ KeyId });
      await client.createGrant({
        KeyId,
        GranteePrincipal: userArn("nobody"),
        RetiringPrincipal: userArn("manager"),
        Operations: ["Decrypt"],
      });
    }
    const RetiringPrincipal = userArn("manager");
    listings = listingsOf(client, KeyId, RetiringPrincipal);
  });

  const names = [
    "ListKeys",
    "ListAliases",
    "ListAliases of a key",
    "ListGrants",
    "ListRetirableGrants",
    "ListKeyPolicies",
    "ListKeyRotations",
    "ListResourceTags",
  ];
  const listing = (name: string): Listing => {
    const found = listings[name];
    assert.ok(found);
    return found;
  };

  for (const name of names) {
    test(`${name}: one page when all fits; Truncated always, NextMarker only with more`, async () => {
      const { total, page } = listing(name);
      const { entries, Truncated, NextMarker } = await page({});
      assert.equal(entries.length, total);
      assert.equal(Truncated, false);
      assert.equal(NextMarker, undefined);
    });

    test(`${name}: pages of any size together give every entry once, in the same order`, async () => {
      const { total, page, pages } = listing(name);
      const { entries: all } = await page({});
      assert.equal(new Set(all).size, total);
      for (const size of [1, 2, 3, total, total + 1]) {
        const found: string[] = [];
        for await (const each of pages(size)) {
          assert.ok(each.entries.length <= size);
          assert.equal(each.Truncated, each.NextMarker !== undefined);
          found.push(...each.entries);
        }
        assert.deepEqual(found, all);
      }
    });

    test(`${name}: pages whose size changes from one to the next give every entry once, too`, async () => {
      const { total, page } = listing(name);
      const { entries: all } = await page({});
      const sizes = fc.array(fc.integer({ min: 1, max: total }), { minLength: 1, maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(sizes, async (limits) => {
          assert.deepEqual(await walk(page, limits), all);
        }),
        { numRuns: 20 },
      );
    });

    test(`${name}: Limit is 1 to 1,000`, async () => {
      const { total, page, most } = listing(name);
      for (const [Limit, rule] of [
        [0, "greater than or equal to 1"],
        [-1, "greater than or equal to 1"],
        [1001, "less than or equal to 1000"],
      ] as const)
        await refused(
          page({ Limit }),
          "ValidationException",
          `1 validation error detected: Value '${Limit}' at 'limit' failed to satisfy constraint: Member must have value ${rule}`,
        );
      for (const Limit of [most, 1000]) assert.equal((await page({ Limit })).entries.length, total);
    });

    test(`${name}: a marker that it did not give is invalid`, async () => {
      const { page } = listing(name);
      const foreign = name === "ListKeys" ? "ListResourceTags" : "ListKeys";
      const { NextMarker } = await listing(foreign).page({ Limit: 1 });
      assert.ok(NextMarker);
      for (const Marker of ["x", "bm90IG91cnM=", "W10", "{}", " ", NextMarker])
        await refused(page({ Marker }), "InvalidMarkerException", /./);
    });
  }

  test("a marker of one key's listing does not open another's", async () => {
    const other = await createKey(client, { Tags: [{ TagKey: "a", TagValue: "" }] });
    const { NextMarker } = await client.listResourceTags({ KeyId: key.id, Limit: 1 });
    await refused(
      client.listResourceTags({ KeyId: other.id, Marker: NextMarker }),
      "InvalidMarkerException",
      /./,
    );
  });

  test("a marker works however the key is named", async () => {
    for (const list of [
      (input: PageRequest & { KeyId: string }) => client.listResourceTags(input),
      (input: PageRequest & { KeyId: string }) => client.listAliases(input),
      (input: PageRequest & { KeyId: string }) => client.listGrants(input),
    ]) {
      const { NextMarker } = await list({ KeyId: key.id, Limit: 3 });
      assert.ok(NextMarker);
      assert.equal((await list({ KeyId: key.arn, Marker: NextMarker })).Truncated, false);
    }
  });

  test("a marker of another account or region is invalid", async () => {
    const { NextMarker: Marker } = await client.listKeys({ Limit: 1 });
    await refused(connect(server, "other").listKeys({ Marker }), "InvalidMarkerException", /./);
    await refused(
      connect(server, "admin", "eu-west-1").listKeys({ Marker }),
      "InvalidMarkerException",
      /./,
    );
  });

  test("entries that come or go between pages disturb no others", async () => {
    const { Keys: all = [] } = await client.listKeys({});
    const first = await client.listKeys({ Limit: 3 });
    await createKey(client);
    const rest = await client.listKeys({ Marker: first.NextMarker });
    const seen = [...(first.Keys ?? []), ...(rest.Keys ?? [])].map((each) => each.KeyId);
    assert.equal(new Set(seen).size, seen.length);
    for (const each of all) assert.ok(seen.includes(each.KeyId));
  });

  test("the usual page is 100 keys, 50 aliases, 50 grants", async () => {
    await Promise.all(Array.from({ length: 100 }, () => createKey(client)));
    const { id: KeyId } = await createKey(client);
    for (let index = 0; index < 50; index++) {
      await client.createAlias({ AliasName: `alias/usual-${index}`, TargetKeyId: KeyId });
      await client.createGrant({
        KeyId,
        GranteePrincipal: userArn("nobody"),
        Operations: ["Encrypt"],
      });
    }
    await client.createGrant({
      KeyId,
      GranteePrincipal: userArn("nobody"),
      Operations: ["Encrypt"],
    });
    assert.equal((await client.listKeys({})).Keys?.length, 100);
    assert.equal((await client.listAliases({})).Aliases?.length, 50);
    assert.equal((await client.listGrants({ KeyId })).Grants?.length, 50);
  });
});

function listingsOf(
  client: KMS,
  KeyId: string,
  RetiringPrincipal: string,
): Readonly<Record<string, Listing>> {
  const paging = (pageSize: number) => ({ client, pageSize });
  const keys = (page: { Keys?: unknown[] | undefined }) => text(page.Keys);
  const aliases = (page: { Aliases?: unknown[] | undefined }) => text(page.Aliases);
  const grants = (page: { Grants?: unknown[] | undefined }) => text(page.Grants);
  const policies = (page: { PolicyNames?: unknown[] | undefined }) => text(page.PolicyNames);
  const rotations = (page: { Rotations?: unknown[] | undefined }) => text(page.Rotations);
  const tags = (page: { Tags?: unknown[] | undefined }) => text(page.Tags);
  return {
    ListKeys: {
      total: 7,
      most: 1000,
      page: async (request) => pageOf(await client.listKeys(request), keys),
      pages: (size) => pagesOf(paginateListKeys(paging(size), {}), keys),
    },
    ListAliases: {
      total: 7 + predefined,
      most: 100,
      page: async (request) => pageOf(await client.listAliases(request), aliases),
      pages: (size) => pagesOf(paginateListAliases(paging(size), {}), aliases),
    },
    "ListAliases of a key": {
      total: 7,
      most: 100,
      page: async (request) => pageOf(await client.listAliases({ KeyId, ...request }), aliases),
      pages: (size) => pagesOf(paginateListAliases(paging(size), { KeyId }), aliases),
    },
    ListGrants: {
      total: 7,
      most: 100,
      page: async (request) => pageOf(await client.listGrants({ KeyId, ...request }), grants),
      pages: (size) => pagesOf(paginateListGrants(paging(size), { KeyId }), grants),
    },
    ListRetirableGrants: {
      total: 7,
      most: 100,
      page: async (request) =>
        pageOf(await client.listRetirableGrants({ RetiringPrincipal, ...request }), grants),
      pages: (size) =>
        pagesOf(paginateListRetirableGrants(paging(size), { RetiringPrincipal }), grants),
    },
    ListKeyPolicies: {
      total: 1,
      most: 1000,
      page: async (request) =>
        pageOf(await client.listKeyPolicies({ KeyId, ...request }), policies),
      pages: (size) => pagesOf(paginateListKeyPolicies(paging(size), { KeyId }), policies),
    },
    ListKeyRotations: {
      total: 7,
      most: 1000,
      page: async (request) =>
        pageOf(await client.listKeyRotations({ KeyId, ...request }), rotations),
      pages: (size) => pagesOf(paginateListKeyRotations(paging(size), { KeyId }), rotations),
    },
    ListResourceTags: {
      total: 7,
      most: 50,
      page: async (request) => pageOf(await client.listResourceTags({ KeyId, ...request }), tags),
      pages: (size) => pagesOf(paginateListResourceTags(paging(size), { KeyId }), tags),
    },
  };
}
