import { CreateBucketCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { connect, createKey, userArn } from "../conformance/support.ts";
import { connectIam } from "../iam/support.ts";
import { connectOrganizations } from "../organizations/support.ts";
import { connectS3, deliveryPolicy, putAll } from "../s3/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { account } from "../support/keywright.ts";
import type { Named } from "./requests.ts";

/** Makes the things that the requests of every operation name. */
export async function madeThings(server: TestServer): Promise<Named> {
  const kms = connect(server);
  const { id: keyId } = await createKey(kms, { MultiRegion: true });
  const alias = "alias/matrix";
  await kms.createAlias({ TargetKeyId: keyId, AliasName: alias });
  const { GrantId = "" } = await kms.createGrant({
    KeyId: keyId,
    GranteePrincipal: userArn("nobody"),
    Operations: ["Decrypt"],
  });
  await connectIam(server).createRole({
    RoleName: "matrix",
    AssumeRolePolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" },
    }),
  });
  const organizations = connectOrganizations(server);
  await organizations.createOrganization({});
  const { Roots: [root] = [] } = await organizations.listRoots({});
  const [bucket, objectKey] = ["bucket-of-the-matrix", "object"];
  const s3 = connectS3(server);
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: deliveryPolicy(bucket) }));
  await putAll(server, { Bucket: bucket, Key: objectKey, Body: "bytes" });
  const named = { account, keyId, grantId: GrantId, alias, rootId: String(root?.Id) };
  return { ...named, bucket, objectKey };
}
