import { connectStore } from "../custom-key-stores/stores.ts";
import type { Lab, Provocation, Request } from "./every-operation-lab.ts";
import { changed, reasons } from "./every-operation-lab.ts";
import type { Members } from "./sdk-model.ts";
import { call } from "./sdk-model.ts";

/** A store as requests name it. */
type Named = { readonly CustomKeyStoreId: string };

export const inHsm = { Origin: "AWS_CLOUDHSM" } as const;

/** The same request to a store that does not exist. */
export const noSuchStore = changed({ CustomKeyStoreId: "cks-00000000000000000" });

/** Errors of clusters that cannot occur. */
export const clusterReasons = {
  CloudHsmClusterInvalidConfigurationException: reasons.noNetwork,
  CloudHsmClusterNotActiveException: reasons.noNetwork,
};

/** A new store. */
export async function stored(lab: Lab, input: Members): Promise<Named> {
  const { CustomKeyStoreId } = await call(lab.kms, "CreateCustomKeyStore", input);
  return { CustomKeyStoreId: String(CustomKeyStoreId) };
}

/** A new store that is connected. */
export async function connected(lab: Lab, input: Members): Promise<Named> {
  const store = await stored(lab, input);
  await connectStore(lab.kms, store.CustomKeyStoreId);
  return store;
}

export const ofHsm: Request = (lab) => stored(lab, lab.backends.hsm);
export const ofConnectedHsm: Request = (lab) => connected(lab, lab.backends.hsm);

/** A request to a store whose connection is not in the state for it. */
export const inWrongState =
  (make: Request, more: Members = {}): Provocation =>
  async (lab) => ({ input: { ...(await make(lab)), ...more }, says: /is (DIS)?CONNECTED, which/ });

/** A data key pair under a key whose material is not ours. */
export const underStoreKey: Provocation = async (lab, request) => {
  const there = lab.elsewhere();
  const store = await connected(there, there.backends.hsm);
  const { id: KeyId } = await there.key({ ...inHsm, ...store });
  return {
    input: { ...(await request(lab)), KeyId },
    region: there.region,
    says: "Data key pairs cannot be generated under a KMS key in a custom key store.",
  };
};
