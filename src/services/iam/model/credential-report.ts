import { day } from "../../../base/clock.ts";
import type { AccessKey, Account, User } from "./identity.ts";
import { entityArn } from "./identity.ts";

interface LastUse {
  readonly at: Date;
  readonly service: string;
  readonly region: string;
}

const accessKeyColumns = [
  "active",
  "last_rotated",
  "last_used_date",
  "last_used_region",
  "last_used_service",
] as const;

/** The columns of AWS's credential report, in its order. */
const columns = [
  "user",
  "arn",
  "user_creation_time",
  "password_enabled",
  "password_last_used",
  "password_last_changed",
  "password_next_rotation",
  "mfa_active",
  ...accessKeyColumns.map((name) => `access_key_1_${name}`),
  ...accessKeyColumns.map((name) => `access_key_2_${name}`),
  "cert_1_active",
  "cert_1_last_rotated",
  "cert_2_active",
  "cert_2_last_rotated",
];

/** AWS's credential report: one line for each user, the root user first. */
export function formatCredentialReport(
  { passwordPolicy }: Account,
  users: readonly User[],
  lastUse: (accessKeyId: string) => LastUse | undefined,
): string {
  const lines = users.map((user) => [
    user.name === "" ? "<root_account>" : user.name,
    entityArn("user", user),
    moment(user.createdAt),
    ...(user.name === "" ? rootPassword : password(user, passwordPolicy?.maxAge)),
    "false",
    ...accessKey(user.accessKeys[0], lastUse),
    ...accessKey(user.accessKeys[1], lastUse),
    ...["false", "N/A", "false", "N/A"],
  ]);
  return [columns, ...lines].map((line) => line.map(quoted).join(",")).join("\n");
}

/** Names may hold commas, paths quotes too (RFC 4180). */
function quoted(value: string): string {
  return /[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

const rootPassword = ["not_supported", "no_information", "not_supported", "not_supported"] as const;

/** Sign-ins are not recorded here. */
function password({ login }: User, maxAge: number | undefined): readonly string[] {
  if (login === undefined) return ["false", "N/A", "N/A", "N/A"];
  const { changedAt } = login;
  const next = maxAge === undefined ? "N/A" : moment(new Date(changedAt.getTime() + maxAge * day));
  return ["true", "no_information", moment(changedAt), next];
}

function accessKey(
  key: AccessKey | undefined,
  lastUse: (accessKeyId: string) => LastUse | undefined,
): readonly string[] {
  if (key === undefined) return ["false", "N/A", "N/A", "N/A", "N/A"];
  const use = lastUse(key.id);
  return [
    String(key.status === "Active"),
    moment(key.createdAt),
    ...(use === undefined ? ["N/A", "N/A", "N/A"] : [moment(use.at), use.region, use.service]),
  ];
}

function moment(date: Date): string {
  return `${date.toISOString().slice(0, 19)}+00:00`;
}
