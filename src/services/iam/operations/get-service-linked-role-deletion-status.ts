import { AwsError } from "../../../base/errors.ts";
import { oneOf, required, string, structure } from "../../../shape/shape.ts";
import { entityArn } from "../model/identity.ts";
import { defineOperation } from "../operation.ts";
import { roleOfTask } from "../service-linked-roles.ts";

/** Tells whether a service-linked role was deleted: it was if it is not there, because deletion waits for nothing. */
export const getServiceLinkedRoleDeletionStatus = defineOperation({
  name: "GetServiceLinkedRoleDeletionStatus",
  readOnly: true,
  input: structure({ DeletionTaskId: required(string({ min: 1, max: 1_000 })) }),
  output: structure({
    Status: required(oneOf("SUCCEEDED", "IN_PROGRESS", "FAILED", "NOT_STARTED")),
  }),
  identity: [
    {
      action: "iam:GetServiceLinkedRoleDeletionStatus",
      resource: ({ DeletionTaskId }, { account }) =>
        entityArn("role", { account, ...roleOfTask(DeletionTaskId) }),
    },
  ],
  keys: {},
  audit: { request: ["DeletionTaskId"] },

  async handle({ input: { DeletionTaskId }, context: { account }, tools }) {
    const { name } = roleOfTask(DeletionTaskId);
    if ((await tools.identities.find("role", account, name)) !== undefined)
      throw new AwsError(
        "NoSuchEntityException",
        `Deletion task ${DeletionTaskId} cannot be found.`,
      );
    return { output: { Status: "SUCCEEDED" as const } };
  },
});
