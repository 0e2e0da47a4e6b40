import { AwsError } from "../../base/errors.ts";
import type { KeyOrigin, KeySpec, KeyUsage } from "../../crypto/key-spec.ts";
import { keySpecs } from "../../crypto/key-spec.ts";
import type { CustomStore } from "./model/key.ts";

/** What a new key is to be; none of it ever changes. */
export interface Kind {
  readonly spec: KeySpec;
  readonly usage: KeyUsage;
  readonly origin: KeyOrigin;
  readonly multiRegion: boolean;
  /** The custom key store that is to hold the material, and the external key in it. */
  readonly customStore?: CustomStore;
}

interface Asked {
  readonly KeySpec?: KeySpec | undefined;
  readonly CustomerMasterKeySpec?: KeySpec | undefined;
  readonly KeyUsage?: KeyUsage | undefined;
  readonly Origin?: KeyOrigin | undefined;
  readonly MultiRegion?: boolean | undefined;
  readonly CustomKeyStoreId?: string | undefined;
  readonly XksKeyId?: string | undefined;
}

/** The key spec that a request asks for, by its name of today or by the older one. */
export function specOf({ KeySpec, CustomerMasterKeySpec }: Asked): KeySpec {
  return KeySpec ?? CustomerMasterKeySpec ?? "SYMMETRIC_DEFAULT";
}

/** The kind of key that a request asks for. Throws ValidationException in AWS's words for one that cannot be (facts 1.5, 3.2). */
export function kindOf(asked: Asked): Kind {
  if (asked.KeySpec !== undefined && asked.CustomerMasterKeySpec !== undefined)
    throw invalid(
      "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.",
    );
  const spec = specOf(asked);
  const { Origin: origin = "AWS_KMS", MultiRegion: multiRegion = false } = asked;
  if (spec !== "SYMMETRIC_DEFAULT" && asked.KeyUsage === undefined)
    throw invalid(
      "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
    );
  const usage = asked.KeyUsage ?? "ENCRYPT_DECRYPT";
  if (!keySpecs[spec].usages.includes(usage))
    throw invalid(`KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  if (!keySpecs[spec].origins.includes(origin))
    throw invalid(`KeySpec ${spec} is not supported for Origin ${origin}`);
  refuseStoreMismatch(origin, multiRegion, asked);
  const { CustomKeyStoreId: storeId, XksKeyId: xksKeyId } = asked;
  if (storeId === undefined) return { spec, usage, origin, multiRegion };
  const customStore = { storeId, ...(xksKeyId === undefined ? {} : { xksKeyId }) };
  return { spec, usage, origin, multiRegion, customStore };
}

/** A custom key store is named exactly when the origin is one, an external key exactly when it is an external key store. */
function refuseStoreMismatch(
  origin: KeyOrigin,
  multiRegion: boolean,
  { CustomKeyStoreId, XksKeyId }: Asked,
): void {
  const custom = origin === "AWS_CLOUDHSM" || origin === "EXTERNAL_KEY_STORE";
  if (custom !== (CustomKeyStoreId !== undefined))
    throw invalid(
      custom
        ? `Origin ${origin} requires a CustomKeyStoreId.`
        : `CustomKeyStoreId is not valid for Origin ${origin}.`,
    );
  if ((origin === "EXTERNAL_KEY_STORE") !== (XksKeyId !== undefined))
    throw invalid(
      origin === "EXTERNAL_KEY_STORE"
        ? `Origin ${origin} requires an XksKeyId.`
        : `XksKeyId is not valid for Origin ${origin}.`,
    );
  if (custom && multiRegion)
    throw new AwsError(
      "UnsupportedOperationException",
      "Multi-Region keys are not supported in custom key stores.",
    );
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
