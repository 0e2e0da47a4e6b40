import { isEntityPath } from "../../../authorization/characters.ts";
import { AwsError } from "../../../base/errors.ts";

/** Refuses a name with characters that IAM does not allow, in AWS's words. `member` is the request's member. */
export function requireName(member: string, name: string): string {
  if (!/^[\w+=,.@-]+$/.test(name))
    throw new AwsError(
      "ValidationException",
      `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
    );
  return name;
}

/** The path of a new entity: `/`, or as given. Throws ValidationError, also for the wildcards, which AWS takes. */
export function requirePath(path = "/"): string {
  if (!isEntityPath(path))
    throw new AwsError(
      "ValidationException",
      "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    );
  return path;
}
