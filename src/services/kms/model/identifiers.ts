import { kmsArn, parseArn, partitionOf } from "../../../base/arn.ts";
import { AwsError } from "../../../base/errors.ts";

/** Where a key identifier leads: to a key by id, or to whatever key an alias names. */
export type KeyIdentifier =
  | { readonly kind: "key"; readonly account: string; readonly keyId: string }
  | {
      readonly kind: "alias";
      readonly account: string;
      readonly name: string;
      readonly arn: string;
    };

interface Place {
  readonly account: string;
  readonly region: string;
}

/**
 * Which identifiers an operation accepts: key id and ARN, also as the target of an alias; these and aliases, to use a key
 * or to describe it; or the name of an alias alone.
 */
export type AcceptedIdentifiers = "key" | "target" | "any" | "described" | "alias";

/** Whether an operation accepts an alias in the place of its key. */
export function takesAliases(accepted: AcceptedIdentifiers): boolean {
  return accepted === "any" || accepted === "described";
}

/**
 * Reads any of the four key identifiers. A bare id or alias name belongs to the caller's account and region; an ARN may name
 * another account but not another region. Throws NotFoundException or InvalidArnException in AWS's words (facts 1.8).
 */
export function parseKeyIdentifier(
  text: string,
  accepted: AcceptedIdentifiers,
  place: Place,
): KeyIdentifier {
  const found = text.startsWith("arn:")
    ? parseKeyArn(text, accepted, place)
    : parseBare(text, place);
  if (found.kind === "alias" && (accepted === "key" || accepted === "target"))
    throw text.startsWith("arn:") ? invalidArn(text, accepted) : invalidKeyId(text);
  return found;
}

/** The ARN of what an identifier names in a region. */
export function identifiedArn(identifier: KeyIdentifier, region: string): string {
  return identifier.kind === "alias"
    ? identifier.arn
    : kmsArn(region, identifier.account, `key/${identifier.keyId}`);
}

/** Operations that use keys or aim aliases have no InvalidArnException in AWS's model. */
function invalidArn(text: string, accepted: AcceptedIdentifiers): AwsError {
  const isModelled = accepted !== "any" && accepted !== "target";
  const code = isModelled ? "InvalidArnException" : "NotFoundException";
  return new AwsError(code, `Invalid arn ${text}`);
}

function parseBare(text: string, { account, region }: Place): KeyIdentifier {
  if (text.startsWith("alias/"))
    return { kind: "alias", account, name: text, arn: kmsArn(region, account, text) };
  if (!isKeyId(text)) throw invalidKeyId(text);
  return { kind: "key", account, keyId: text };
}

function parseKeyArn(
  text: string,
  accepted: AcceptedIdentifiers,
  { region }: Place,
): KeyIdentifier {
  const arn = parseArn(text);
  if (arn === undefined || arn.service !== "kms" || !/^\d{12}$/.test(arn.account))
    throw invalidArn(text, accepted);
  if (arn.region !== region) throw new AwsError("NotFoundException", `Invalid arn ${arn.region}`);
  if (arn.partition !== partitionOf(region)) throw invalidArn(text, accepted);
  const { account, resource } = arn;
  if (resource.startsWith("alias/")) return { kind: "alias", account, name: resource, arn: text };
  const keyId = resource.startsWith("key/") ? resource.slice(4) : "";
  if (!isKeyId(keyId)) throw invalidKeyId(keyId === "" ? text : keyId);
  return { kind: "key", account, keyId };
}

/** Whether text has the form of a key id: a lower-case UUID, or `mrk-` and 32 hex digits. */
function isKeyId(text: string): boolean {
  return (
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) || /^mrk-[0-9a-f]{32}$/.test(text)
  );
}

function invalidKeyId(text: string): AwsError {
  return new AwsError("NotFoundException", `Invalid keyId '${text}'`);
}

export function keyNotFound(arn: string): AwsError {
  return new AwsError("NotFoundException", `Key '${arn}' does not exist`);
}

export function aliasNotFound(arn: string): AwsError {
  return new AwsError("NotFoundException", `Alias ${arn} is not found.`);
}
