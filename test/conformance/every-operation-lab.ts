import type { CreateKeyCommandInput, KMS } from "@aws-sdk/client-kms";
import type { TestServer, TestUser } from "../support/keywright.ts";
import type { Backends } from "./every-operation-backends.ts";
import { openBackends } from "./every-operation-backends.ts";
import type { Members } from "./sdk-model.ts";
import { call } from "./sdk-model.ts";
import type { NewKey } from "./support.ts";
import { connect, createKey, keyArn, missingId, openServer, region } from "./support.ts";

/** A request and, where it has to be refused, how. */
export interface Attempt {
  readonly input: Members;
  /** The text of the refusal; unless given, any. */
  readonly says?: string | RegExp;
  readonly region?: string;
  readonly user?: TestUser;
  /** How much later than now the call is made, in milliseconds. */
  readonly later?: number;
}

/** Makes the request that is refused, starting from one that succeeds. */
export type Provocation = (lab: Lab, request: Request) => Promise<Attempt> | Attempt;
/** Makes a request that succeeds, once. */
export type Request = (lab: Lab) => Promise<Members> | Members;

/** One operation: how it succeeds, and how each error that it is documented to throw is provoked, or why it cannot occur. */
export interface Row {
  readonly operation: string;
  readonly request: Request;
  /** Whether each attempt needs a region for itself. */
  readonly alone?: boolean;
  /** The members of the answer, all of them. */
  readonly answers: readonly string[];
  readonly errors: Readonly<Record<string, Provocation | string>>;
}

let serial = 0;

/** A server, seen from one region, and what the rows need on it. */
export class Lab {
  readonly server: TestServer;
  readonly backends: Backends;
  readonly region: string;
  readonly kms: KMS;

  private constructor(server: TestServer, backends: Backends, at: string) {
    this.server = server;
    this.backends = backends;
    this.region = at;
    this.kms = connect(server, "admin", at);
  }

  static async open(): Promise<Lab> {
    const backends = await openBackends();
    return new Lab(await openServer(undefined, backends.flags), backends, region);
  }

  /** The same in a region that nobody has used yet: custom key stores are there once only. */
  elsewhere(): Lab {
    return new Lab(this.server, this.backends, `eu-west-${++serial}`);
  }

  key(input: CreateKeyCommandInput = {}): Promise<NewKey> {
    return createKey(this.kms, input);
  }

  name(): string {
    return `name-${++serial}`;
  }

  /** Makes an attempt as the administrator, or by whom, where and when it says. */
  async attempt(
    operation: string,
    { input, region: at = this.region, user, later = 0 }: Attempt,
  ): Promise<Members> {
    this.server.clock.offset = later;
    const client = connect(this.server, user, at);
    try {
      return await call(client, operation, input);
    } finally {
      client.destroy();
      this.server.clock.offset = 0;
    }
  }

  /** The ARN of a key that a request names. */
  arnOf(input: Members): string {
    return keyArn(idOf(input));
  }

  async pendingDeletion(KeyId: string): Promise<void> {
    await this.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
  }
}

/** The id of the key that a request names by id. */
export function idOf(input: Members): string {
  return String(input["KeyId"] ?? input["TargetKeyId"] ?? input["DestinationKeyId"]);
}

/** A request with some members changed, all texts of a refusal accepted. */
export function changed(changes: Members, says?: string | RegExp): Provocation {
  return async (lab, request) => ({
    input: { ...(await request(lab)), ...changes },
    ...(says === undefined ? {} : { says }),
  });
}

/** The same request to a key that does not exist. */
export const noSuchKey = (member = "KeyId"): Provocation =>
  changed({ [member]: missingId }, `Key '${keyArn(missingId)}' does not exist`);

const broken = "arn:aws:kms";
export const brokenArn = changed({ KeyId: broken }, `Invalid arn ${broken}`);

export const badGrantToken = changed({ GrantTokens: ["bm9uZQ=="] });
export const dryRun = changed(
  { DryRun: true },
  "The request would have succeeded, but the DryRun option is set.",
);
export const badMarker = changed({ Marker: "none" }, "Could not deserialize marker");

const tooLong = { Version: "2012-10-17", Statement: [], Id: "x".repeat(32_768) };
export const tooLongPolicy = changed({ Policy: JSON.stringify(tooLong) });

export const disabled: Provocation = async (lab, request) => {
  const input = await request(lab);
  await lab.kms.disableKey({ KeyId: idOf(input) });
  return { input, says: `${lab.arnOf(input)} is disabled.` };
};

export const pendingDeletion: Provocation = async (lab, request) => {
  const input = await request(lab);
  await lab.pendingDeletion(idOf(input));
  return { input, says: `${lab.arnOf(input)} is pending deletion.` };
};

/** The same request to a key that waits for its material. */
export const pendingImport: Provocation = async (lab, request) => {
  const key = await lab.key({ Origin: "EXTERNAL" });
  return {
    input: { ...(await request(lab)), KeyId: key.id },
    says: `${key.arn} is pending import.`,
  };
};

/** The same request to a key of another kind. */
export function toKeyOf(
  input: CreateKeyCommandInput,
  says?: (arn: string) => string | RegExp,
  member = "KeyId",
): Provocation {
  return async (lab, request) => {
    const key = await lab.key(input);
    return {
      input: { ...(await request(lab)), [member]: key.id },
      ...(says === undefined ? {} : { says: says(key.arn) }),
    };
  };
}

/** Why an error cannot occur. */
export const reasons = {
  anyState: "every state of a key allows the operation (docs/operations.md)",
  noTimeout:
    "the service depends on nothing that it waits for but its own disk, and a stuck disk ends it",
  noNetwork:
    "the operator says where clusters and endpoint services are, and their own networks are not seen",
  noFault: "it would be a bug; test/faults provokes what an operator can break",
  available:
    "a key's material is stored with the key, or in a store whose failures are KMSInvalidState",
} as const;
