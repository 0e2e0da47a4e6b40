import type { Thing } from "../../../api/operation.ts";
import type { KeyOrigin, KeySpec, KeyUsage } from "../../../crypto/key-spec.ts";
import type { Domain } from "../../../keystore/domain.ts";
import type { Usage } from "./usage.ts";

/** States that clients see (facts 4.1); what a key's state is follows from what is stored, see states.ts. */
export type KeyState = StoredState | "PendingImport" | "Unavailable" | "Creating";

/** States that are stored. `Deleted` is a tombstone: it keeps the id from being used again and is never shown. */
export type StoredState =
  | "Enabled"
  | "Disabled"
  | "PendingDeletion"
  | "PendingReplicaDeletion"
  | "Deleted";

/** The states of a key that nobody has scheduled for deletion. */
export const notPendingDeletion: readonly KeyState[] = [
  "Enabled",
  "Disabled",
  "PendingImport",
  "Unavailable",
];

/** One generation of a key's material. */
export interface Material {
  readonly materialId: string;
  /** 0 for the first, counting up with every further one. */
  readonly generation: number;
  readonly createdAt: Date;
  /** When and how it took over; the first material was no rotation. */
  readonly rotation?: { readonly type: "AUTOMATIC" | "ON_DEMAND"; readonly date: Date };
  /** Absent while imported material is deleted or expired, and where a custom key store keeps it. */
  readonly wrapped?: Uint8Array;
  /** SubjectPublicKeyInfo (DER) of an asymmetric key. */
  readonly publicKey?: Uint8Array;
  readonly imported?: Imported;
}

/** What belongs to imported material alone. */
export interface Imported {
  /** Until when it may be used; undefined for ever. */
  readonly validTo?: Date;
  readonly description?: string;
  /** Set until a rotation makes it the current material: it may wait for the replicas' import first. */
  readonly pending?: "ROTATION" | "MULTI_REGION_IMPORT_AND_ROTATION";
}

/** The key's relatives in other regions; every one of them keeps the same list. */
export interface MultiRegion {
  readonly primary: string;
  /** Regions of the replicas, in the order of their making. */
  readonly replicas: readonly string[];
}

/** Where the material of a key in a custom key store is. */
export interface CustomStore {
  readonly storeId: string;
  /** The external key behind a key of an external key store. */
  readonly xksKeyId?: string;
  readonly clusterId?: string;
}

export interface Alias {
  readonly name: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface GrantConstraints {
  readonly EncryptionContextEquals?: Readonly<Record<string, string>> | undefined;
  readonly EncryptionContextSubset?: Readonly<Record<string, string>> | undefined;
  readonly SourceArn?: string | undefined;
}

/** A principal's unique id or an account's root ARN, or the name of an AWS service. */
export type GrantParty = { readonly principal: string } | { readonly service: string };

/** The id, ARN or service name of a party. */
export function partyName(party: GrantParty): string {
  return "service" in party ? party.service : party.principal;
}

export interface Grant {
  readonly grantId: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly grantee: GrantParty;
  readonly retiring?: GrantParty;
  readonly issuingAccount: string;
  readonly operations: readonly string[];
  readonly constraints?: GrantConstraints;
}

export interface Tag {
  readonly TagKey: string;
  readonly TagValue: string;
}

/** A KMS key with everything that hangs on it: one aggregate, read, verified and replaced as a whole. */
export interface KmsKey extends Thing {
  readonly region: string;
  readonly keyId: string;
  readonly domain: Domain;
  readonly createdAt: Date;
  readonly spec: KeySpec;
  readonly usage: KeyUsage;
  readonly origin: KeyOrigin;
  readonly manager: "CUSTOMER" | "AWS";
  readonly state: StoredState;
  readonly description: string;
  /** Set while the key is pending deletion, and on its tombstone. */
  readonly deletionDate?: Date;
  /** Set while the key waits for the deletion of its replicas: its own waiting period begins after that. */
  readonly pendingWindowInDays?: number;
  /** The key policy, normalised and pretty-printed; it names users and roles by their unique ids. */
  readonly policy: string;
  readonly tags: readonly Tag[];
  /** Present while automatic rotation is on; kept while the key is disabled or pending deletion. */
  readonly rotation?: { readonly periodInDays: number; readonly nextDate: Date };
  /** Absent before the first import. */
  readonly currentMaterialId?: string;
  readonly materials: readonly Material[];
  readonly aliases: readonly Alias[];
  readonly grants: readonly Grant[];
  readonly multiRegion?: MultiRegion;
  readonly customStore?: CustomStore;
  /** Whether the custom key store behind the key is connected; set by whoever locates the key for a call. */
  readonly connected?: boolean;
  /** Read only for operations whose policies may ask for it. */
  readonly lastUsage?: Usage;
}

/** The name of a key's aggregate. */
export function keyAggregate(account: string, region: string, keyId: string): string {
  return `key/${account}/${region}/${keyId}`;
}

/** The key that an aggregate's name names; undefined for an aggregate of another kind. */
export function parseKeyAggregate(
  aggregate: string,
): Pick<KmsKey, "account" | "region" | "keyId"> | undefined {
  const [kind, account, region, keyId] = aggregate.split("/");
  if (kind !== "key" || account === undefined || region === undefined || keyId === undefined)
    return undefined;
  return { account, region, keyId };
}

/** The material that encrypts and signs now. Throws TypeError before the first import: the key's state forbids every use. */
export function currentMaterial(key: KmsKey): Material {
  const current = key.materials.find((each) => each.materialId === key.currentMaterialId);
  if (current === undefined) throw new TypeError(`key ${key.keyId} has no current material`);
  return current;
}

/** The materials that a key cannot do without: all but those that still wait for their rotation. */
export function permanentMaterials(key: KmsKey): readonly Material[] {
  return key.materials.filter((each) => each.imported?.pending === undefined);
}

/** Whether the key is a replica of a primary key in another region. */
export function isReplica({ multiRegion, region }: KmsKey): boolean {
  return multiRegion !== undefined && multiRegion.primary !== region;
}
