import type { Config } from "../config.ts";
import type { DataFolder } from "./data-folder.ts";
import { writePrivate } from "./data-folder.ts";

/** Name of the AWS profile that leads to this deployment. */
const profileName = "keywright";

/** Writes the AWS config file of the profile, with the endpoint in it. Of themselves, boto3 and its CLI presign as S3 no longer accepts. */
export function writeAwsConfig({ awsConfig }: DataFolder, { region }: Config, url: string): void {
  writePrivate(
    awsConfig,
    `[profile ${profileName}]\nregion = ${region}\noutput = json\nendpoint_url = ${url}\ns3 =\n    signature_version = s3v4\n`,
  );
}

/** Writes the AWS credentials file of the profile. */
export function writeAwsCredentials(
  { awsCredentials }: DataFolder,
  id: string,
  secret: string,
): void {
  writePrivate(
    awsCredentials,
    `[${profileName}]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`,
  );
}

/** What to type to use the profile in this shell. */
export function profileCommands({ awsConfig, awsCredentials }: DataFolder): readonly string[] {
  return [
    `export AWS_CONFIG_FILE=${quote(awsConfig)}`,
    `export AWS_SHARED_CREDENTIALS_FILE=${quote(awsCredentials)}`,
    `export AWS_PROFILE=${profileName}`,
  ];
}

function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
