import { auditAnswer } from "../../../audit/record-members.ts";
import { required, structure } from "../../../shape/shape.ts";
import { typeConditions } from "../conditions.ts";
import { rootAnswer } from "../model/answers.ts";
import { disabled } from "../model/attachments.ts";
import * as member from "../model/members.ts";
import { policyTypeNotEnabled } from "../model/refusals.ts";
import { changeTo, defineOperation } from "../operation.ts";

/** Disables service control policies, which detaches them all. */
export const disablePolicyType = defineOperation({
  name: "DisablePolicyType",
  readOnly: false,
  input: structure({ RootId: required(member.rootId), PolicyType: required(member.policyType) }),
  output: structure({ Root: required(member.root) }),
  keys: {
    root: {
      role: "root",
      locate: ({ RootId }) => RootId,
      action: "organizations:DisablePolicyType",
      crossAccount: false,
      conditions: ({ PolicyType }) => typeConditions(PolicyType),
    },
  },
  audit: {
    request: ["RootId", "PolicyType"],
    response: ({ output }) => ({ root: auditAnswer(member.root, output.Root) }),
  },

  handle({ input, keys: { root } }) {
    if (input.PolicyType !== "SERVICE_CONTROL_POLICY" || !root.organization.enabled)
      throw policyTypeNotEnabled();
    const next = disabled(root.organization);
    return { output: { Root: rootAnswer(next) }, change: changeTo(next, root) };
  },
});
