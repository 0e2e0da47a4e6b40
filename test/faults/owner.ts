import * as assert from "node:assert/strict";
import type { Answer, Client } from "./client.ts";
import { userArn } from "./process.ts";

/** A source of choices that repeats itself from a seed (mulberry32). */
export function choices(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** What a client knows of a key: everything here was acknowledged. */
interface KnownKey {
  readonly keyId: string;
  description: string;
  enabled: boolean;
  readonly tags: Map<string, string>;
  readonly aliases: Set<string>;
  readonly grants: Set<string>;
  ciphertext?: { readonly blob: string; readonly plaintext: string };
  /** The call that was on its way when the server died: done or not, but nothing in between. */
  pending?: { readonly operation: string; readonly input: Readonly<Record<string, unknown>> };
}

/** One client's account of its calls over many deaths of the server. */
export class Owner {
  /** Request ids of all answers that arrived. */
  readonly acknowledged: string[] = [];
  /** Ids of all keys whose creation was acknowledged. */
  readonly created: string[] = [];
  verified = 0;
  readonly #name: string;
  readonly #choose: (below: number) => number;
  readonly #unverified: KnownKey[] = [];
  #serial = 0;

  constructor(name: string, seed: number) {
    this.#name = name;
    this.#choose = choices(seed);
  }

  /** Checks what earlier servers acknowledged, then makes calls until the server dies. */
  async work(client: Client): Promise<void> {
    try {
      await this.verify(client);
      const key = await this.#create(client);
      for (;;) await this.#step(client, key);
    } catch (error) {
      if (!(error instanceof Error && error.message === "the connection ended")) throw error;
    } finally {
      client.close();
    }
  }

  /** Checks that every key is as it was acknowledged to be. */
  async verify(client: Client): Promise<void> {
    for (let key = this.#unverified[0]; key !== undefined; key = this.#unverified[0]) {
      await this.#verifyKey(client, key);
      this.#unverified.shift();
      this.verified++;
    }
  }

  async #call(client: Client, operation: string, input: object): Promise<Answer> {
    const answer = await client.call(operation, input);
    this.acknowledged.push(answer.requestId);
    return answer;
  }

  /** A call that must succeed. */
  async #succeed(client: Client, operation: string, input: object): Promise<Answer["body"]> {
    const { status, body } = await this.#call(client, operation, input);
    assert.equal(status, 200, `${operation}: ${JSON.stringify(body)}`);
    return body;
  }

  async #create(client: Client): Promise<KnownKey> {
    const description = `${this.#name} ${this.#serial++}`;
    const body = await this.#succeed(client, "CreateKey", { Description: description });
    const { KeyId: keyId } = body["KeyMetadata"] as { readonly KeyId: string };
    this.created.push(keyId);
    const key: KnownKey = {
      keyId,
      description,
      enabled: true,
      tags: new Map(),
      aliases: new Set(),
      grants: new Set(),
    };
    this.#unverified.push(key);
    return key;
  }

  async #step(client: Client, key: KnownKey): Promise<void> {
    const { operation, input } = this.#next(key);
    key.pending = { operation, input };
    const { status, body } = await this.#call(client, operation, { KeyId: key.keyId, ...input });
    delete key.pending;
    if (!key.enabled && ["Encrypt", "Decrypt", "CreateGrant"].includes(operation)) {
      assert.equal(body["__type"], "DisabledException", operation);
      return;
    }
    assert.equal(status, 200, `${operation}: ${JSON.stringify(body)}`);
    apply(key, operation, input, body);
  }

  #next(key: KnownKey): NonNullable<KnownKey["pending"]> {
    const serial = this.#serial++;
    const alias = `alias/${this.#name}-${serial}`;
    const tag = { TagKey: `t${serial % 20}`, TagValue: String(serial) };
    const plaintext = Buffer.from(`${this.#name} ${serial}`).toString("base64");
    const decrypt = { CiphertextBlob: key.ciphertext?.blob };
    const rows = [
      ["TagResource", { Tags: [tag] }],
      ["UpdateKeyDescription", { Description: `${this.#name} ${serial}` }],
      ["CreateAlias", { AliasName: alias, TargetKeyId: key.keyId, KeyId: undefined }],
      ["Encrypt", { Plaintext: plaintext }],
      ["Encrypt", { Plaintext: plaintext }],
      ["Decrypt", decrypt],
      ["Decrypt", decrypt],
      ["CreateGrant", { GranteePrincipal: userArn("nobody"), Operations: ["Decrypt"] }],
      [key.enabled ? "DisableKey" : "EnableKey", {}],
    ] as const;
    const [operation, input] = rows[this.#choose(rows.length)] ?? rows[0];
    if (operation === "Decrypt" && key.ciphertext === undefined) return this.#next(key);
    if (operation === "CreateAlias" && key.aliases.size >= 40) return this.#next(key);
    return { operation, input };
  }

  async #verifyKey(client: Client, key: KnownKey): Promise<void> {
    const { KeyMetadata } = await this.#succeed(client, "DescribeKey", { KeyId: key.keyId });
    const metadata = KeyMetadata as { readonly Enabled: boolean; readonly Description: string };
    const { aliases, grants, tags } = await this.#children(client, key);
    const possible = [key, withPending(key)];
    const found = {
      description: metadata.Description,
      enabled: metadata.Enabled,
      aliases: [...aliases].toSorted(),
      tags: [...tags].toSorted(),
      // A grant that was not acknowledged has an id that nobody was told.
      grants: key.grants.size,
    };
    const missing = [...key.grants].filter((id) => !grants.has(id));
    assert.deepEqual(missing, [], "an acknowledged grant is gone");
    assert.ok(grants.size <= key.grants.size + (key.pending?.operation === "CreateGrant" ? 1 : 0));
    const matches = possible.some((state) => same(describe(state), found));
    assert.ok(matches, `${JSON.stringify(possible.map(describe))} became ${JSON.stringify(found)}`);
    if (key.ciphertext !== undefined) await this.#verifyCiphertext(client, key, metadata.Enabled);
  }

  async #verifyCiphertext(client: Client, key: KnownKey, enabled: boolean): Promise<void> {
    const { blob, plaintext } = key.ciphertext ?? {};
    const { body } = await this.#call(client, "Decrypt", { CiphertextBlob: blob });
    if (enabled) assert.equal(body["Plaintext"], plaintext);
    else assert.equal(body["__type"], "DisabledException");
  }

  async #children(client: Client, { keyId: KeyId }: KnownKey) {
    const aliases = await this.#succeed(client, "ListAliases", { KeyId, Limit: 100 });
    const grants = await this.#succeed(client, "ListGrants", { KeyId, Limit: 100 });
    const tags = await this.#succeed(client, "ListResourceTags", { KeyId, Limit: 50 });
    const list = (value: unknown) => value as readonly Readonly<Record<string, string>>[];
    return {
      aliases: new Set(list(aliases["Aliases"]).map((each) => each["AliasName"] ?? "")),
      grants: new Set(list(grants["Grants"]).map((each) => each["GrantId"] ?? "")),
      tags: list(tags["Tags"]).map((each) => [each["TagKey"] ?? "", each["TagValue"] ?? ""]),
    };
  }
}

/** Takes an acknowledged call into account. */
function apply(
  key: KnownKey,
  operation: string,
  input: Readonly<Record<string, unknown>>,
  body: Answer["body"],
): void {
  if (operation === "UpdateKeyDescription") key.description = String(input["Description"]);
  if (operation === "EnableKey") key.enabled = true;
  if (operation === "DisableKey") key.enabled = false;
  if (operation === "CreateAlias") key.aliases.add(String(input["AliasName"]));
  if (operation === "CreateGrant") key.grants.add(String(body["GrantId"]));
  if (operation === "Encrypt")
    key.ciphertext = {
      blob: String(body["CiphertextBlob"]),
      plaintext: String(input["Plaintext"]),
    };
  if (operation === "Decrypt") assert.equal(body["Plaintext"], key.ciphertext?.plaintext);
  if (operation !== "TagResource") return;
  for (const { TagKey, TagValue } of input["Tags"] as readonly {
    readonly TagKey: string;
    readonly TagValue: string;
  }[])
    key.tags.set(TagKey, TagValue);
}

/** The key as it is if the call that was on its way was done. */
function withPending(key: KnownKey): KnownKey {
  const copy = { ...key, tags: new Map(key.tags), aliases: new Set(key.aliases) };
  const { operation = "", input = {} } = key.pending ?? {};
  if (!["Encrypt", "Decrypt", "CreateGrant"].includes(operation)) apply(copy, operation, input, {});
  return copy;
}

function describe({ description, enabled, aliases, tags, grants }: KnownKey) {
  return {
    description,
    enabled,
    aliases: [...aliases].toSorted(),
    tags: [...tags].toSorted(),
    grants: grants.size,
  };
}

function same(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
