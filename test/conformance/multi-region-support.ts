import { after } from "node:test";
import type { CreateKeyCommandInput, KeyMetadata, KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import type { NewKey } from "./support.ts";
import { account, connect, createKey, day, keyArn, openServer } from "./support.ts";

/** Regions of the tests; keys are made in the first. */
export const [east, west, north] = ["us-east-1", "us-west-2", "eu-north-1"] as const;

/** AWS's text for what only a primary key can do. */
export const notPrimary = (arn: string): string => `${arn} is not a multi-region primary key.`;

/** A key in a region, as MultiRegionConfiguration lists it. */
export const place = (id: string, region: string) => ({
  Arn: keyArn(id, account, region),
  Region: region,
});

/** A server seen from several regions. */
export class Regions {
  readonly server: TestServer;
  #clients = new Map<string, KMS>();

  private constructor(server: TestServer) {
    this.server = server;
  }

  static async open(): Promise<Regions> {
    const regions = new Regions(await openServer());
    after(() => regions.reset());
    return regions;
  }

  /** The administrator's client in a region. */
  at(region: string): KMS {
    const client = this.#clients.get(region) ?? connect(this.server, "admin", region);
    this.#clients.set(region, client);
    return client;
  }

  /** Forgets connections, and moves the clock back to the present. */
  reset(offset = 0): void {
    for (const client of this.#clients.values()) client.destroy();
    this.#clients.clear();
    this.server.clock.offset = offset;
  }

  /** Lets days go by, and the service do what is due. */
  async pass(days: number): Promise<void> {
    this.reset(this.server.clock.offset + days * day);
    await this.server.sweep();
  }

  async describe(region: string, KeyId: string): Promise<Partial<KeyMetadata>> {
    return (await this.at(region).describeKey({ KeyId })).KeyMetadata ?? {};
  }

  /** A new primary key in the first region. */
  primary(input: CreateKeyCommandInput = {}): Promise<NewKey> {
    return createKey(this.at(east), { MultiRegion: true, ...input });
  }

  /** A new primary key with a replica in the second region. */
  async replicated(input: CreateKeyCommandInput = {}): Promise<NewKey> {
    const key = await this.primary(input);
    await this.at(east).replicateKey({ KeyId: key.id, ReplicaRegion: west });
    return key;
  }
}
