import { parseArn } from "../../../base/arn.ts";
import { AwsError } from "../../../base/errors.ts";
import { invalidArn, invalidName } from "./refusals.ts";

/** The trail that a request names. */
export interface TrailName {
  readonly account: string;
  readonly homeRegion: string;
  readonly name: string;
}

const shortest = 3;
const longest = 128;

/** Reads the name or the ARN of a trail. Throws InvalidTrailNameException, CloudTrailARNInvalidException. */
export function readTrailName(text: string, own: Omit<TrailName, "name">): TrailName {
  if (text.startsWith("arn:")) return readTrailArn(text);
  requireTrailName(text);
  return { ...own, name: text };
}

/** Reads the ARN of a trail. Throws CloudTrailARNInvalidException, ResourceTypeNotSupportedException. */
export function readTrailArn(text: string): TrailName {
  const arn = parseArn(text);
  if (arn?.service !== "cloudtrail" || arn.region === "" || arn.account === "")
    throw invalidArn(text);
  const [type, name = "", ...more] = arn.resource.split("/");
  if (type !== "trail" && otherTypes.includes(type ?? ""))
    throw new AwsError(
      "ResourceTypeNotSupportedException",
      `Resources of the type ${type} are not supported.`,
    );
  if (type !== "trail" || name === "" || more.length > 0) throw invalidArn(text);
  return { account: arn.account, homeRegion: arn.region, name };
}

const otherTypes: readonly string[] = ["eventdatastore", "channel", "dashboard"];

/** Refuses what no trail can be called. Throws InvalidTrailNameException, in the words that AWS has for each rule. */
export function requireTrailName(name: string): void {
  const said = `Specified name length: ${name.length} characters.`;
  if (name.length < shortest)
    throw invalidName(
      `Trail name too short. Minimum allowed length: ${shortest} characters. ${said}`,
    );
  if (name.length > longest)
    throw invalidName(
      `Trail name too long. Maximum allowed length: ${longest} characters. ${said}`,
    );
  if (!/^[A-Za-z0-9]/.test(name))
    throw invalidName("Trail name must starts with a letter or number.");
  if (!/[A-Za-z0-9]$/.test(name))
    throw invalidName("Trail name must ends with a letter or number.");
  if (!/^[A-Za-z0-9._-]+$/.test(name))
    throw invalidName(
      "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).",
    );
  if (/[._-]{2}/.test(name))
    throw invalidName("Trail name can not have adjacent periods, underscores or dashes.");
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(name))
    throw invalidName("Trail name can not be in IP address format.");
}
