import { required, sensitive, string, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";

/** The request of AssumeRoleWithWebIdentity: read twice, first to tell who sends it. */
export const webIdentityRequest = structure({
  RoleArn: required(member.arn),
  RoleSessionName: required(member.roleSessionName),
  WebIdentityToken: required(sensitive(string({ min: 4, max: 20_000 }))),
  ProviderId: string({ min: 4, max: 2048 }),
  PolicyArns: member.policyArns,
  Policy: member.sessionPolicy,
  DurationSeconds: member.roleDuration,
  MinimumSessionTokenSize: member.minimumTokenSize,
});
