import type { AwsTarget } from "./aws.ts";
import { account } from "./seed.ts";
import { openSigner } from "./signing.ts";

type Turn = "DescribeKey" | "ListKeys" | "CreateAlias" | "DeleteAlias" | "PutKeyPolicy";
const turns: readonly Turn[] = [
  "DescribeKey",
  "ListKeys",
  "CreateAlias",
  "DeleteAlias",
  "PutKeyPolicy",
];

interface Order {
  readonly turn: Turn;
  readonly body: string;
  /** The alias that it makes or deletes. */
  readonly alias?: string;
}

/** Requests that look at keys and change them. Aliases that are deleted were made before the slice, so that no order of answers matters. */
export class Management {
  readonly #target: AwsTarget;
  #orders: readonly Order[] = [];
  #numbers = 0;
  /** Aliases that exist, but for those that the present orders make and delete. */
  readonly #aliases: string[] = [];

  constructor(target: AwsTarget) {
    this.#target = target;
  }

  async requests(count: number): Promise<readonly Buffer[]> {
    await this.#stock(Math.ceil(count / turns.length));
    const sign = openSigner(this.#target.admin, new Date());
    this.#orders = Array.from({ length: count }, (_, index) => this.#order(index));
    return this.#orders.map(({ turn, body }) => sign(`TrentService.${turn}`, body));
  }

  /** Tells how many of the requests were sent. */
  settle(sent: number): void {
    for (const [index, { turn, alias }] of this.#orders.entries())
      if (alias !== undefined && (turn === "CreateAlias") === index < sent)
        this.#aliases.push(alias);
    this.#orders = [];
  }

  #order(index: number): Order {
    const turn = turns[index % turns.length] ?? "DescribeKey";
    const key = this.#key(index);
    switch (turn) {
      case "DescribeKey":
        return { turn, body: `{"KeyId": "${key}"}` };
      case "ListKeys":
        return { turn, body: '{"Limit": 100}' };
      case "CreateAlias":
        return this.#create(key);
      case "DeleteAlias": {
        const alias = this.#aliases.shift() ?? "";
        return { turn, alias, body: `{"AliasName": "${alias}"}` };
      }
      case "PutKeyPolicy":
        return { turn, body: JSON.stringify({ KeyId: key, Policy: policy(this.#numbers++) }) };
    }
  }

  #create(key: string): Order {
    const alias = `alias/bench-${this.#numbers++}`;
    const body = `{"AliasName": "${alias}", "TargetKeyId": "${key}"}`;
    return { turn: "CreateAlias", alias, body };
  }

  async #stock(count: number): Promise<void> {
    const missing = Math.max(0, count - this.#aliases.length);
    if (missing === 0) return;
    const sign = openSigner(this.#target.admin, new Date());
    const orders = Array.from({ length: missing }, (_, index) => this.#create(this.#key(index)));
    await this.#target.caller.ask(orders.map(({ body }) => sign("TrentService.CreateAlias", body)));
    this.#aliases.push(...orders.flatMap(({ alias }) => alias ?? []));
  }

  #key(index: number): string {
    const { encryption } = this.#target.keys;
    return encryption[(index + this.#numbers) % encryption.length] ?? "";
  }
}

/** The default key policy, told apart by its id. */
function policy(number: number): string {
  const Principal = { AWS: `arn:aws:iam::${account}:root` };
  const Statement = [{ Effect: "Allow", Principal, Action: "kms:*", Resource: "*" }];
  return JSON.stringify({ Version: "2012-10-17", Id: `bench-${number}`, Statement });
}
