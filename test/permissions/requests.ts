import type { AnyOperation } from "../../src/api/operation.ts";
import type { JsonValue } from "../../src/base/json.ts";
import type { Shape } from "../../src/shape/shape.ts";

/** Things that exist, and that requests name. */
export interface Named {
  readonly account: string;
  readonly keyId: string;
  readonly grantId: string;
  readonly alias: string;
  /** Of the organization that the account manages. */
  readonly rootId: string;
  readonly bucket: string;
  readonly objectKey: string;
}

/**
 * A request that an operation accepts far enough to ask for permission: all required members, and those by which it finds what
 * it is about.
 */
export function requestOf(
  { input, identity, keys }: AnyOperation,
  named: Named,
): Record<string, JsonValue> {
  const demands = [...Object.values(keys), ...(identity ?? [])];
  const ofTrails = demands.some(({ action }) => action.startsWith("cloudtrail:"));
  const values = { ...valuesByName(named), ...(ofTrails ? trailValues(named) : {}) };
  const members = Object.entries(input.members).filter(
    ([member, shape]) => shape.required === true || locating.has(member),
  );
  return Object.fromEntries(
    members.map(([member, shape]) => [member, values[member] ?? sample(shape)]),
  );
}

/** Members that are not always required, but name what the operation is about. */
const locating: ReadonlySet<string> = new Set([
  ...["KeyId", "SourceKeyId", "GrantId", "RetiringPrincipal", "UserName"],
]);

type Values = Readonly<Record<string, JsonValue>>;

function valuesByName({
  account,
  keyId,
  grantId,
  alias,
  rootId,
  bucket,
  objectKey,
}: Named): Values {
  const policy = `arn:aws:iam::${account}:policy/nosuch`;
  const user = `arn:aws:iam::${account}:user/encryptor`;
  const document = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "a:B" } };
  const text = JSON.stringify({
    ...document,
    Statement: { ...document.Statement, Resource: "*" },
  });
  const own = { Principal: { AWS: `arn:aws:iam::${account}:root` } };
  return {
    KeyId: keyId,
    SourceKeyId: keyId,
    DestinationKeyId: keyId,
    TargetKeyId: keyId,
    GrantId: grantId,
    AliasName: alias,
    ReplicaRegion: "us-west-2",
    PrimaryRegion: "us-west-2",
    GranteePrincipal: user,
    RetiringPrincipal: user,
    Policy: JSON.stringify({
      ...document,
      Statement: { Effect: "Allow", Action: "kms:*", Resource: "*", ...own },
    }),
    PolicyDocument: text,
    PolicyInputList: [text],
    AssumeRolePolicyDocument: JSON.stringify({
      ...document,
      Statement: { Effect: "Allow", Action: "sts:AssumeRole", ...own },
    }),
    UserName: "encryptor",
    AccessKeyId: "AKIANOBODY000000TEST",
    PolicyArn: policy,
    PermissionsBoundary: policy,
    Arn: user,
    PolicySourceArn: user,
    OpenIDConnectProviderArn: `arn:aws:iam::${account}:oidc-provider/example.com`,
    Url: "https://example.com",
    VersionId: "v1",
    ActionNames: ["kms:Decrypt"],
    DeletionTaskId:
      "task/aws-service-role/kms.amazonaws.com/nosuch/00000000-0000-4000-8000-000000000000",
    Bucket: bucket,
    Key: objectKey,
    RootId: rootId,
    ParentId: rootId,
    TargetId: account,
    ChildId: account,
    AccountId: account,
    ResourceId: rootId,
    PolicyId: "p-FullAWSAccess",
    CreateAccountRequestId: "car-aaaaaaaaaaaaaaaa",
    Email: "matrix@example.com",
    Content: text,
    RoleArn: `arn:aws:iam::${account}:role/matrix`,
  };
}

function trailValues({ account }: Named): Values {
  const arn = `arn:aws:cloudtrail:us-east-1:${account}:trail/matrix`;
  return { Name: "matrix", TrailName: "matrix", ResourceId: arn, ResourceIdList: [arn] };
}

/** The least value that a shape admits. */
function sample(shape: Shape): JsonValue {
  switch (shape.kind) {
    case "string":
      return "a".repeat(Math.max(shape.min ?? 1, 1));
    case "blob":
      return Buffer.alloc(Math.max(shape.min ?? 1, 1), "a").toString("base64");
    case "integer":
      return shape.min ?? 1;
    case "timestamp":
      return 0;
    case "boolean":
      return true;
    case "enum":
      return shape.values[0] ?? "";
    case "list":
      return [sample(shape.of)];
    case "map":
      return {};
    case "structure":
      return Object.fromEntries(
        Object.entries(shape.members)
          .filter(([, member]) => member.required === true)
          .map(([member, of]) => [member, sample(of)]),
      );
    default:
      return shape satisfies never;
  }
}
