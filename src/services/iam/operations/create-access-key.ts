import { auditAnswer } from "../../../audit/record-members.ts";
import { randomBytes } from "../../../crypto/random.ts";
import { required, sensitive, string, structure, timestamp } from "../../../shape/shape.ts";
import { accessKeyAnswer } from "../model/answers.ts";
import type { AccessKey } from "../model/identity.ts";
import * as member from "../model/members.ts";
import { requireRoom } from "../model/quotas.ts";
import { defineOperation, found } from "../operation.ts";
import { replaceEntity } from "../tables/changes.ts";
import { wrapSecret } from "../tables/identities.ts";

const newAccessKey = structure({
  UserName: string(),
  AccessKeyId: required(string()),
  Status: required(string()),
  SecretAccessKey: required(sensitive(string())),
  CreateDate: required(timestamp),
});

/** Creates an access key of a user; without a name, of the caller. Its secret is shown only now. */
export const createAccessKey = defineOperation({
  name: "CreateAccessKey",
  readOnly: false,
  input: structure({ UserName: member.existingUserName }),
  output: structure({ AccessKey: required(newAccessKey) }),
  keys: {
    user: {
      kind: "user",
      locate: ({ UserName }) => UserName,
      action: "iam:CreateAccessKey",
      crossAccount: false,
    },
  },
  audit: {
    request: ["UserName"],
    response: ({ output }) => ({ accessKey: auditAnswer(newAccessKey, output.AccessKey) }),
  },

  handle({ context, keys: { user: thing }, tools }) {
    const user = found(thing);
    requireRoom("AccessKeysPerUser", user.accessKeys.length);
    const id = tools.ids.unique("AKIA", 16);
    const secret = randomBytes(30).toString("base64");
    const key: AccessKey = {
      id,
      createdAt: context.time,
      status: "Active",
      wrappedSecret: wrapSecret(thing.domain, id, secret),
    };
    const next = { ...user, accessKeys: [...user.accessKeys, key] };
    return {
      output: { AccessKey: { ...accessKeyAnswer(user, key), SecretAccessKey: secret } },
      change: replaceEntity("user", user, next, thing.domain),
    };
  },
});
