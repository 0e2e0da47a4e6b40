import { AwsError } from "../../../base/errors.ts";
import { randomBytes } from "../../../crypto/random.ts";
import { blob, sensitive, string, structure } from "../../../shape/shape.ts";
import { randomFromStore } from "../custom-key-stores/random.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { answerWith, attestationOf, evidenceWith } from "../recipient.ts";

/** Returns random bytes, 1 to 1,024 of them. */
export const generateRandom = defineOperation({
  name: "GenerateRandom",
  readOnly: true,

  input: structure({
    NumberOfBytes: member.numberOfBytes,
    CustomKeyStoreId: string({ min: 1, max: 64 }),
    Recipient: member.recipient,
  }),

  output: structure({ Plaintext: sensitive(blob()), CiphertextForRecipient: blob() }),

  identity: [{ action: "kms:GenerateRandom", resource: () => "*" }],
  keys: {},
  audit: { request: [] },

  async handle({ input, context, tools }) {
    const attestation = attestationOf(input, tools);
    const { NumberOfBytes, CustomKeyStoreId } = input;
    if (NumberOfBytes === undefined)
      throw new AwsError("ValidationException", "NumberOfBytes is required.");
    if (CustomKeyStoreId === undefined)
      return {
        output: await answerWith(randomBytes(NumberOfBytes), attestation),
        ...evidenceWith(attestation),
      };
    const use = { context, operation: "GenerateRandom", tools };
    const { bytes, relied } = await randomFromStore(CustomKeyStoreId, NumberOfBytes, use);
    return {
      output: await answerWith(bytes, attestation),
      relied,
      ...evidenceWith(attestation, { customKeyStoreId: CustomKeyStoreId }),
    };
  },
});
