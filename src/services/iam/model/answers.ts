import type { ValueOf } from "../../../shape/shape.ts";
import type { AccessKey, Group, LoginProfile, User } from "./identity.ts";
import { entityArn } from "./identity.ts";
import type * as member from "./members.ts";

/** A user as CreateUser and GetUser answer it; listings leave tags and boundary out. */
export function userAnswer(user: User): ValueOf<typeof member.user> {
  return { ...userSummary(user), ...boundaryAnswer(user.boundary), ...tagsAnswer(user.tags) };
}

/** A user as listings show it. */
export function userSummary(user: User): ValueOf<typeof member.user> {
  return {
    ...(user.name === "" ? {} : { Path: user.path, UserName: user.name }),
    UserId: user.userId,
    Arn: entityArn("user", user),
    CreateDate: user.createdAt,
  };
}

export function boundaryAnswer(arn: string | undefined) {
  return arn === undefined
    ? {}
    : {
        PermissionsBoundary: { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: arn },
      };
}

/** Tags in AWS's form; absent when there are none. */
export function tagsAnswer(tags: Readonly<Record<string, string>>) {
  const listed = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return listed.length === 0 ? {} : { Tags: listed };
}

export function groupAnswer(group: Group): ValueOf<typeof member.group> {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.groupId,
    Arn: entityArn("group", group),
    CreateDate: group.createdAt,
  };
}

/** An access key without its secret. */
export function accessKeyAnswer(
  user: User,
  { id, status, createdAt }: AccessKey,
): ValueOf<typeof member.accessKeyMetadata> {
  return { ...nameAnswer(user), AccessKeyId: id, Status: status, CreateDate: createdAt };
}

export function loginAnswer(
  user: User,
  { createdAt, resetRequired }: LoginProfile,
): ValueOf<typeof member.loginProfile> {
  return { ...nameAnswer(user), CreateDate: createdAt, PasswordResetRequired: resetRequired };
}

/** The name of a user; the root user has none. */
export function nameAnswer({ name }: User) {
  return name === "" ? {} : { UserName: name };
}
