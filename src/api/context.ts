import type { CompiledPolicy } from "../authorization/compile.ts";
import type { Policies } from "../authorization/decide.ts";
import type { Principal } from "../authorization/request.ts";
import type { Soon } from "../base/soon.ts";
import type { VersionRef } from "../database/commit.ts";
import type { Membership } from "./guard-rails.ts";
import type { ConditionValues } from "./operation.ts";
import type { Federation, Session } from "./sessions.ts";

/** Who calls, now: the principal, what its policies say, and the versions on which that knowledge rests. */
export interface Caller {
  readonly principal: Principal;
  /** The user name; undefined for the root user. */
  readonly userName?: string;
  readonly accessKeyId: string;
  readonly identityPolicies: readonly CompiledPolicy[];
  /** What bounds the identity policies. */
  readonly limits?: Pick<Policies, "boundary" | "session" | "serviceControl">;
  readonly tags: Readonly<Record<string, string>>;
  /** The organization of the caller's account, where there is one. */
  readonly organization?: Membership;
  readonly versions: readonly VersionRef[];
  /** Of a caller with temporary credentials. */
  readonly session?: Session;
  /** Of a caller, or of a session of one, that came with an identity token. */
  readonly federation?: Federation;
  /** Values of condition keys that come with the credentials. */
  readonly conditions?: ConditionValues;
}

/** An access key that may sign: its secret and the caller that it stands for. A new object whenever anything of it changed. */
export interface Credential {
  readonly accessKeyId: string;
  readonly secret: Uint8Array;
  readonly caller: Caller;
  /** Signing names of services that these credentials are not for. */
  readonly refusedBy?: readonly string[];
}

/** Finds active access keys; temporary ones come with a token, which holds all that is known of them. */
export interface Credentials {
  /** Undefined when there is no such key, or the token is not its. Throws ExpiredTokenException. */
  find(accessKeyId: string, token: string | undefined, now: Date): Soon<Credential | undefined>;
}

/** What the connection tells about a call, for policies and audit. */
export interface Connection {
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly host: string;
  readonly secure: boolean;
  /** Protocol, cipher and key-exchange names of the TLS connection, where there is one. */
  readonly tls?: {
    readonly version: string;
    readonly cipher: string;
    readonly keyExchange?: string;
  };
}

interface Origin {
  readonly region: string;
  readonly requestId: string;
  /** The id of the request that brought the call with others. */
  readonly batchId?: string | undefined;
  readonly time: Date;
  readonly connection: Connection;
}

/** A service of ours that acts by itself, and the resource of an account for which it does. */
export interface ServiceActor {
  /** Host name, as policies name it: `cloudtrail.amazonaws.com`. */
  readonly service: string;
  readonly sourceArn: string;
  readonly sourceAccount: string;
}

/**
 * One call on its way through the pipeline. Only `direct`, `forward` and `asService` make one: a client's call comes from `direct`,
 * so nothing that a client sends can set `via` or make a service principal.
 */
export class CallContext {
  readonly caller: Caller;
  readonly account: string;
  readonly region: string;
  readonly requestId: string;
  readonly batchId: string | undefined;
  readonly time: Date;
  readonly connection: Connection;
  /** Services that forwarded the call, first to last, as `s3.us-east-1.amazonaws.com`. */
  readonly calledVia: readonly string[];

  private constructor(
    caller: Caller,
    account: string,
    origin: Origin,
    calledVia: readonly string[],
  ) {
    this.caller = caller;
    this.account = account;
    this.region = origin.region;
    this.requestId = origin.requestId;
    this.batchId = origin.batchId;
    this.time = origin.time;
    this.connection = origin.connection;
    this.calledVia = calledVia;
  }

  /** A call that its caller signed. Throws TypeError for a service: no credentials stand for one. */
  static direct(caller: Caller, origin: Origin): CallContext {
    const { type, account } = caller.principal;
    if (type === "Service") throw new TypeError("services do not sign");
    return new CallContext(caller, account, origin, none);
  }

  /**
   * A call that a service makes by itself, as its service principal. It has no identity policies: what resource policies and grants
   * say of the service, and of the resource for which it acts, is all that decides.
   */
  static asService(actor: ServiceActor, origin: Omit<Origin, "connection">): CallContext {
    const { service, sourceAccount } = actor;
    const connection = { sourceIp: service, userAgent: service, host: "", secure: true };
    return new CallContext(serviceCaller(actor), sourceAccount, { ...origin, connection }, none);
  }

  /** The service that makes this call for its caller; undefined when the caller made it. */
  get via(): string | undefined {
    return this.calledVia.at(-1);
  }

  /** The service that made this call, by itself or for its caller, as audit records name it; undefined when the caller made it. */
  get invokedBy(): string | undefined {
    const { principal } = this.caller;
    if (principal.type === "Service") return principal.arn;
    return this.via === undefined ? undefined : `${this.via.split(".")[0]}.amazonaws.com`;
  }

  /** A forward access session: the same caller and permissions, made through a service of ours such as `s3`; a request of its own. */
  forward(service: string, requestId: string): CallContext {
    const host = `${service}.${this.region}.amazonaws.com`;
    const { account, region, time, connection } = this;
    const origin = { region, time, connection, requestId };
    return new CallContext(this.caller, account, origin, [...this.calledVia, host]);
  }
}

const none: readonly string[] = [];

function serviceCaller({ service, sourceArn, sourceAccount }: ServiceActor): Caller {
  return {
    principal: { type: "Service", arn: service, account: sourceAccount, userId: service },
    accessKeyId: "",
    identityPolicies: [],
    tags: {},
    versions: [],
    conditions: {
      "aws:SourceArn": sourceArn,
      "aws:SourceAccount": sourceAccount,
      "aws:PrincipalServiceName": service,
      "aws:PrincipalServiceNamesList": [service],
    },
  };
}
