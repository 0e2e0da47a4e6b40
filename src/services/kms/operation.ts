import type { X509Certificate } from "node:crypto";
import type { AppliedPolicies } from "../../api/authorize.ts";
import type { ConditionValues, Operation, ThingDemand } from "../../api/operation.ts";
import type { Principals } from "../../api/principals.ts";
import type { GrantScope } from "../../authorization/request.ts";
import type { EncryptionContext } from "../../crypto/encryption-context.ts";
import type { KeyOrigin, KeyUsage } from "../../crypto/key-spec.ts";
import type { Ids } from "../../crypto/random.ts";
import type { KeyStore } from "../../keystore/keystore.ts";
import type { CustomKeyStores } from "./custom-key-stores/stores.ts";
import type { KeyWork } from "./key-work.ts";
import type { LastUsage } from "./last-usage.ts";
import type { AcceptedIdentifiers } from "./model/identifiers.ts";
import type { KeyState, KmsKey } from "./model/key.ts";
import type { KeyRoom, ResourceQuotas } from "./quotas-resources.ts";
import type { KeyTables } from "./tables/key-tables.ts";

/** What an operation demands of one KMS key before its handler runs. */
export interface KeyDemand<Input> extends ThingDemand<Input> {
  readonly action: `kms:${string}`;
  readonly identifiers: AcceptedIdentifiers;
  /** States that allow the operation (facts 4.2). */
  readonly states: readonly KeyState[] | "any";
  readonly usage?: KeyUsage;
  /** The only origin of material for which there is such an operation. */
  readonly origin?: KeyOrigin;
  /** The key is the relative in a region of a key found before it; where there is no such relative, that key itself. */
  readonly relative?: { readonly of: string; readonly region: (input: Input) => string };
  /** The ciphertext that names the key when the request does not. */
  readonly ciphertext?: (input: Input) => Uint8Array | undefined;
  readonly encryptionContext?: (input: Input) => EncryptionContext | undefined;
  /** What the grant that the request asks for would allow. */
  readonly newGrant?: (input: Input) => GrantScope;
  /** Whether naming an AWS managed key's alias brings the key into being. */
  readonly createsManagedKey?: boolean;
  /** Whether policies may ask for kms:TrailingDaysWithoutKeyUsage. */
  readonly asksForUsage?: boolean;
  /** Replaces the usual protection (key policy and grants) where the operation has rules of its own. */
  readonly protection?: (key: KmsKey, input: Input) => KeyProtection;
}

/** Who may do an operation on a key, and the condition values that only the operation knows. */
export interface KeyProtection {
  readonly policies: AppliedPolicies;
  readonly conditions?: ConditionValues;
  /** The account whose identity policies may allow it, where that is not the key's. */
  readonly owner?: string;
}

/** What handlers of this service work with. */
export interface KmsTools {
  readonly keys: KeyTables;
  readonly keyStore: KeyStore;
  readonly keyWork: KeyWork;
  readonly customKeyStores: CustomKeyStores;
  readonly principals: Principals;
  readonly ids: Ids;
  readonly lastUsage: LastUsage;
  readonly keyRoom: KeyRoom;
  readonly quotas: ResourceQuotas;
  /** Roots of the certificates of attestation documents; without any, Recipient is refused. */
  readonly attestationRoots: readonly X509Certificate[];
  /** The regions that are served; undefined means every well-formed name. */
  readonly regions?: readonly string[] | undefined;
}

/** Declares an operation of KMS; the types of input, output and keys follow from its data. */
export function defineOperation<Input, Output, Secret, Names extends string>(
  operation: Operation<Input, Output, Secret, Names, KeyDemand<Input>, KmsKey, KmsTools>,
): Operation<Input, Output, Secret, Names, KeyDemand<Input>, KmsKey, KmsTools> {
  return Object.freeze(operation);
}
