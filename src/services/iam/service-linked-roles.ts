import { iamArn } from "../../base/arn.ts";
import { AwsError } from "../../base/errors.ts";

/** A service that acts through a role of its own in its users' accounts. */
export interface LinkedService {
  /** The principal that may assume the role. */
  readonly service: string;
  readonly role: string;
  readonly policy: string;
}

const services: readonly LinkedService[] = [
  {
    service: "cks.kms.amazonaws.com",
    role: "AWSServiceRoleForKeyManagementServiceCustomKeyStores",
    policy: awsPolicy("AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy"),
  },
  {
    service: "mrk.kms.amazonaws.com",
    role: "AWSServiceRoleForKeyManagementServiceMultiRegionKeys",
    policy: awsPolicy("AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"),
  },
];

/** What is known of a service's role; undefined for a service that has none here. */
export function linkedService(name: string): LinkedService | undefined {
  return services.find(({ service }) => service === name);
}

/** The path of a service's roles. */
export function pathOfService(service: string): string {
  return `/aws-service-role/${service}/`;
}

/** The role that a task of deleting one was about. Throws NoSuchEntity for what is no task. */
export function roleOfTask(task: string): { readonly name: string; readonly path: string } {
  const [, service = "", name = ""] =
    /^task\/aws-service-role\/([\w.-]+)\/([\w+=,.@-]+)\/[\da-f-]{36}$/.exec(task) ?? [];
  if (name === "")
    throw new AwsError("NoSuchEntityException", `Deletion task ${task} cannot be found.`);
  return { name, path: pathOfService(service) };
}

function awsPolicy(name: string): string {
  return iamArn("aws", `policy/aws-service-role/${name}`);
}
