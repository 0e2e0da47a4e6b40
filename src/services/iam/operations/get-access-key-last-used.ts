import { required, string, structure, timestamp } from "../../../shape/shape.ts";
import { nameAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { defineOperation, found } from "../operation.ts";

const lastUse = structure({
  LastUsedDate: timestamp,
  ServiceName: required(string()),
  Region: required(string()),
});

/** Tells when, for which service and in which region an access key of the account was last used. */
export const getAccessKeyLastUsed = defineOperation({
  name: "GetAccessKeyLastUsed",
  readOnly: true,
  input: structure({ AccessKeyId: required(member.accessKeyId) }),
  output: structure({ UserName: string(), AccessKeyLastUsed: required(lastUse) }),
  keys: {
    user: {
      kind: "user",
      locate: ({ AccessKeyId }) => AccessKeyId,
      byAccessKey: true,
      action: "iam:GetAccessKeyLastUsed",
      crossAccount: false,
    },
  },
  audit: { request: ["AccessKeyId"] },

  async handle({ input: { AccessKeyId }, keys: { user: thing }, tools }) {
    const user = found(thing);
    const use = await tools.accessKeyUses.find(user.account, AccessKeyId);
    return {
      output: {
        ...nameAnswer(user),
        AccessKeyLastUsed: {
          LastUsedDate: use?.at,
          ServiceName: use?.service ?? "N/A",
          Region: use?.region ?? "N/A",
        },
      },
    };
  },
});
