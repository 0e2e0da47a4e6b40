import { auditAnswer } from "../../../audit/record-members.ts";
import { AwsError } from "../../../base/errors.ts";
import { required, structure } from "../../../shape/shape.ts";
import { typeConditions } from "../conditions.ts";
import { rootAnswer } from "../model/answers.ts";
import { enabled } from "../model/attachments.ts";
import * as member from "../model/members.ts";
import { policyTypeNotAvailable } from "../model/refusals.ts";
import { changeTo, defineOperation } from "../operation.ts";

/** Enables service control policies: from now on they limit every account but the managing one. */
export const enablePolicyType = defineOperation({
  name: "EnablePolicyType",
  readOnly: false,
  input: structure({ RootId: required(member.rootId), PolicyType: required(member.policyType) }),
  output: structure({ Root: required(member.root) }),
  keys: {
    root: {
      role: "root",
      locate: ({ RootId }) => RootId,
      action: "organizations:EnablePolicyType",
      crossAccount: false,
      conditions: ({ PolicyType }) => typeConditions(PolicyType),
    },
  },
  audit: {
    request: ["RootId", "PolicyType"],
    response: ({ output }) => ({ root: auditAnswer(member.root, output.Root) }),
  },

  handle({ input, keys: { root } }) {
    if (input.PolicyType !== "SERVICE_CONTROL_POLICY") throw policyTypeNotAvailable();
    if (root.organization.enabled)
      throw new AwsError(
        "PolicyTypeAlreadyEnabledException",
        "The specified policy type is already enabled.",
      );
    const next = enabled(root.organization);
    return { output: { Root: rootAnswer(next) }, change: changeTo(next, root) };
  },
});
