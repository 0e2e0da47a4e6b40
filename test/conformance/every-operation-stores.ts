import { disconnectStore, untilState } from "../custom-key-stores/stores.ts";
import type { Request, Row } from "./every-operation-lab.ts";
import { badMarker, changed, reasons, tooLongPolicy } from "./every-operation-lab.ts";
import {
  clusterReasons,
  connected,
  inHsm,
  inWrongState,
  noSuchStore,
  ofConnectedHsm,
  ofHsm,
  stored,
} from "./every-operation-store-support.ts";
import { call } from "./sdk-model.ts";

/** Rows of custom key stores and of what can be made in them. */

/** A request for a key over a new external key. */
const externalKey: Request = async (lab) => {
  const XksKeyId = lab.name();
  lab.backends.proxy.addKey(XksKeyId);
  const store = await connected(lab, lab.backends.external);
  return { ...store, Origin: "EXTERNAL_KEY_STORE", XksKeyId };
};

/** Operations that use or connect stores. */
export const storeRows: readonly Row[] = [
  {
    operation: "CreateKey",
    alone: true,
    request: externalKey,
    answers: ["KeyMetadata"],
    errors: {
      MalformedPolicyDocumentException: changed({ Policy: "{}" }),
      InvalidArnException: "it names no ARN but in its policy, where a bad one is malformed",
      UnsupportedOperationException: changed({ MultiRegion: true }, /Multi-Region/),
      LimitExceededException: tooLongPolicy,
      TagException: changed({ Tags: [{ TagKey: "aws:a", TagValue: "1" }] }, /reserved/),
      CustomKeyStoreNotFoundException: noSuchStore,
      CustomKeyStoreInvalidStateException: inWrongState(ofHsm, inHsm),
      CloudHsmClusterInvalidConfigurationException: reasons.noNetwork,
      XksKeyAlreadyInUseException: async (lab, request) => {
        const input = await request(lab);
        await call(lab.kms, "CreateKey", input);
        return { input };
      },
      XksKeyNotFoundException: changed({ XksKeyId: "none" }),
      XksKeyInvalidConfigurationException: async (lab, request) => {
        const input = await request(lab);
        lab.backends.proxy.addKey(String(input["XksKeyId"])).keyStatus = "DISABLED";
        return {
          input,
          says: "The status of the external key must be ENABLED. The status of specified external key is DISABLED.",
        };
      },
    },
  },
  {
    operation: "GenerateRandom",
    alone: true,
    request: async (lab) => ({ NumberOfBytes: 32, ...(await ofConnectedHsm(lab)) }),
    answers: ["Plaintext"],
    errors: {
      CustomKeyStoreNotFoundException: noSuchStore,
      CustomKeyStoreInvalidStateException: inWrongState(ofHsm, { NumberOfBytes: 32 }),
      UnsupportedOperationException: async (lab) => ({
        input: { NumberOfBytes: 32, ...(await connected(lab, lab.backends.external)) },
      }),
    },
  },
  {
    operation: "ConnectCustomKeyStore",
    alone: true,
    request: ofHsm,
    answers: [],
    errors: {
      CustomKeyStoreNotFoundException: noSuchStore,
      CustomKeyStoreInvalidStateException: async (lab) => {
        const wrong = { ...lab.backends.hsm, KeyStorePassword: "not-the-pin" };
        const input = await stored(lab, wrong);
        await lab.kms.connectCustomKeyStore(input);
        await untilState(lab.kms, input.CustomKeyStoreId, "FAILED");
        return { input, says: /is FAILED, which/ };
      },
      ...clusterReasons,
    },
  },
  {
    operation: "DisconnectCustomKeyStore",
    alone: true,
    request: ofConnectedHsm,
    answers: [],
    errors: {
      CustomKeyStoreNotFoundException: noSuchStore,
      CustomKeyStoreInvalidStateException: inWrongState(ofHsm),
    },
  },
  {
    operation: "DeleteCustomKeyStore",
    alone: true,
    request: ofHsm,
    answers: [],
    errors: {
      CustomKeyStoreNotFoundException: noSuchStore,
      CustomKeyStoreInvalidStateException: inWrongState(ofConnectedHsm),
      CustomKeyStoreHasCMKsException: async (lab) => {
        const input = await connected(lab, lab.backends.hsm);
        await lab.key({ ...inHsm, ...input });
        await disconnectStore(lab.kms, input.CustomKeyStoreId);
        return { input };
      },
    },
  },
  {
    operation: "DescribeCustomKeyStores",
    alone: true,
    request: ofHsm,
    answers: ["CustomKeyStores", "Truncated"],
    errors: { CustomKeyStoreNotFoundException: noSuchStore, InvalidMarkerException: badMarker },
  },
];
