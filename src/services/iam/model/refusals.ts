import { AwsError } from "../../../base/errors.ts";
import type { EntityKind } from "./identity.ts";

/** The refusals of IAM that many operations share, in AWS's words. */

export function noSuchEntity(kind: EntityKind, name: string): AwsError {
  const texts: Readonly<Record<EntityKind, string>> = {
    user: `The user with name ${name} cannot be found.`,
    group: `The group with name ${name} cannot be found.`,
    role: `The role with name ${name} cannot be found.`,
    policy: `Policy ${name} was not found.`,
    provider: `OpenIDConnect Provider not found for arn ${name}`,
  };
  return new AwsError("NoSuchEntityException", texts[kind]);
}

export function noSuchAccessKey(id: string): AwsError {
  return new AwsError("NoSuchEntityException", `The Access Key with id ${id} cannot be found.`);
}

export function noSuchLogin(user: string): AwsError {
  return new AwsError("NoSuchEntityException", `Login Profile for User ${user} cannot be found.`);
}

export function noSuchPasswordPolicy(account: string): AwsError {
  return new AwsError(
    "NoSuchEntityException",
    `The Password Policy with domain name ${account} cannot be found.`,
  );
}

/** As DeleteAccountPasswordPolicy words it. */
export function noPasswordPolicyToDelete(): AwsError {
  return new AwsError(
    "NoSuchEntityException",
    "The account policy with name PasswordPolicy cannot be found.",
  );
}

export function alreadyExists(kind: EntityKind, name: string): AwsError {
  const texts: Readonly<Record<EntityKind, string>> = {
    user: `User with name ${name} already exists.`,
    group: `Group with name ${name} already exists.`,
    role: `Role with name ${name} already exists.`,
    policy: `A policy called ${name} already exists. Duplicate names are not allowed.`,
    provider: `Provider with url https://${name} already exists.`,
  };
  return new AwsError("EntityAlreadyExistsException", texts[kind]);
}

/** The refusal to delete what still holds something. */
export function mustFirst(what: string): AwsError {
  return new AwsError("DeleteConflictException", `Cannot delete entity, must ${what} first.`);
}

export function quotaExceeded(quota: string, most: number): AwsError {
  return new AwsError("LimitExceededException", `Cannot exceed quota for ${quota}: ${most}`);
}

/** The refusal of a path that belongs to the roles of services. */
export function reservedPath(path: string): AwsError {
  return new AwsError(
    "ValidationException",
    `The path ${path} is reserved for the roles of services.`,
  );
}
