import type { Provocation, Request, Row } from "./every-operation-lab.ts";
import {
  badGrantToken,
  badMarker,
  brokenArn,
  changed,
  disabled,
  dryRun,
  noSuchKey,
  pendingDeletion,
  reasons,
} from "./every-operation-lab.ts";
import { present } from "./key-uses.ts";
import { account, aliasArn, rootArn, userArn } from "./support.ts";

/** Rows of the operations on aliases and grants. */

const ofKey: Request = async (lab) => ({ KeyId: (await lab.key()).id });
const newAlias: Request = async (lab) => ({
  AliasName: `alias/${lab.name()}`,
  TargetKeyId: (await lab.key()).id,
});
const aliased: Request = async (lab) => {
  const { id: TargetKeyId } = await lab.key();
  const AliasName = `alias/${lab.name()}`;
  await lab.kms.createAlias({ AliasName, TargetKeyId });
  return { AliasName };
};
const moved: Request = async (lab) => ({
  ...(await aliased(lab)),
  TargetKeyId: (await lab.key()).id,
});
const noSuchAlias: Provocation = async (lab, request) => {
  const AliasName = `alias/${lab.name()}`;
  return {
    input: { ...(await request(lab)), AliasName },
    says: `Alias ${aliasArn(AliasName)} is not found.`,
  };
};

/** The same request to a key that has as many aliases as a key may have. */
const manyAliases: Provocation = async (lab, request) => {
  const { id: TargetKeyId, arn } = await lab.key();
  const names = Array.from({ length: 50 }, () => `alias/${lab.name()}`);
  for (const AliasName of names) await lab.kms.createAlias({ AliasName, TargetKeyId });
  return {
    input: { ...(await request(lab)), TargetKeyId },
    says: `The key ${arn} already has 50 aliases.`,
  };
};

const terms = { GranteePrincipal: rootArn(account), Operations: ["Decrypt"] as "Decrypt"[] };
const newGrant: Request = async (lab) => ({ ...(await ofKey(lab)), ...terms });
const granted: Request = async (lab) => {
  const { id: KeyId } = await lab.key();
  const { GrantId } = await lab.kms.createGrant({ KeyId, ...terms });
  return { KeyId, GrantId: present(GrantId) };
};
const badGrantId = changed({ GrantId: "none" }, "Invalid grant ID none");
const named = { NotFoundException: noSuchKey(), InvalidArnException: brokenArn };
const noPrincipal = "arn:aws:iam::111122223333";

/** Operations on aliases. */
export const aliasRows: readonly Row[] = [
  {
    operation: "CreateAlias",
    request: newAlias,
    answers: [],
    errors: {
      AlreadyExistsException: async (lab, request) => {
        const { AliasName } = await aliased(lab);
        return {
          input: { ...(await request(lab)), AliasName },
          says: `An alias with the name ${aliasArn(String(AliasName))} already exists`,
        };
      },
      NotFoundException: noSuchKey("TargetKeyId"),
      InvalidAliasNameException:
        "what AWS says today of every bad name is a ValidationException or NotAuthorizedException",
      LimitExceededException: manyAliases,
      KMSInvalidStateException: pendingDeletion,
    },
  },
  {
    operation: "UpdateAlias",
    request: moved,
    answers: [],
    errors: {
      NotFoundException: noSuchAlias,
      LimitExceededException: manyAliases,
      KMSInvalidStateException: pendingDeletion,
    },
  },
  {
    operation: "DeleteAlias",
    request: aliased,
    answers: [],
    errors: {
      NotFoundException: noSuchAlias,
      KMSInvalidStateException: reasons.anyState,
    },
  },
  {
    operation: "ListAliases",
    request: async (lab) => {
      await Promise.all([aliased(lab), aliased(lab)]);
      return { Limit: 1 };
    },
    answers: ["Aliases", "NextMarker", "Truncated"],
    errors: {
      InvalidMarkerException: badMarker,
      InvalidArnException: brokenArn,
      NotFoundException: noSuchKey(),
    },
  },
];

/** Operations on grants. */
export const grantRows: readonly Row[] = [
  {
    operation: "CreateGrant",
    request: newGrant,
    answers: ["GrantId", "GrantToken"],
    errors: {
      ...named,
      InvalidArnException: changed(
        { GranteePrincipal: userArn("none") },
        `ARN does not refer to a valid principal: ${userArn("none")}`,
      ),
      DisabledException: disabled,
      KMSInvalidStateException: pendingDeletion,
      InvalidGrantTokenException: badGrantToken,
      DryRunOperationException: dryRun,
      LimitExceededException: "50,000 grants: test/conformance/limits.test.ts, with fewer",
    },
  },
  {
    operation: "ListGrants",
    request: granted,
    answers: ["Grants", "Truncated"],
    errors: {
      ...named,
      InvalidMarkerException: badMarker,
      InvalidGrantIdException: badGrantId,
      KMSInvalidStateException: reasons.anyState,
    },
  },
  {
    operation: "ListRetirableGrants",
    request: () => ({ RetiringPrincipal: rootArn() }),
    answers: ["Grants", "Truncated"],
    errors: {
      InvalidMarkerException: badMarker,
      InvalidArnException: changed(
        { RetiringPrincipal: noPrincipal },
        `Invalid arn ${noPrincipal}`,
      ),
      NotFoundException: "a principal without grants has an empty list",
    },
  },
  {
    operation: "RevokeGrant",
    request: granted,
    answers: [],
    errors: {
      ...named,
      InvalidGrantIdException: badGrantId,
      DryRunOperationException: dryRun,
      KMSInvalidStateException: reasons.anyState,
    },
  },
  {
    operation: "RetireGrant",
    request: granted,
    answers: [],
    errors: {
      ...named,
      InvalidGrantIdException: badGrantId,
      InvalidGrantTokenException: () => ({ input: { GrantToken: "bm9uZQ==" } }),
      DryRunOperationException: dryRun,
      KMSInvalidStateException: reasons.anyState,
    },
  },
];
