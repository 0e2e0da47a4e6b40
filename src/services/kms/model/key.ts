import type { Thing } from "../../../api/operation.ts";
import type { KeySpec, KeyUsage } from "../../../crypto/key-spec.ts";
import type { Domain } from "../../../keystore/domain.ts";

/** States of a stored key. `Deleted` is a tombstone: it keeps the id from being used again and is never shown. */
export type KeyState = "Enabled" | "Disabled" | "PendingDeletion" | "Deleted";

/** One generation of a key's material. */
export interface Material {
  readonly materialId: string;
  /** 0 for the first, counting up with every rotation. */
  readonly generation: number;
  readonly createdAt: Date;
  /** How it came to be; the first material was no rotation. */
  readonly rotation?: "AUTOMATIC" | "ON_DEMAND";
  readonly wrapped: Uint8Array;
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

/** A principal's ARN, or the name of an AWS service. */
export type GrantParty = { readonly principal: string } | { readonly service: string };

/** The ARN or service name of a party. */
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
  readonly origin: "AWS_KMS";
  readonly manager: "CUSTOMER" | "AWS";
  readonly state: KeyState;
  readonly description: string;
  /** Set while the key is pending deletion, and on its tombstone. */
  readonly deletionDate?: Date;
  /** The key policy, normalised and pretty-printed. */
  readonly policy: string;
  readonly tags: readonly Tag[];
  /** Present while automatic rotation is on; kept while the key is disabled or pending deletion. */
  readonly rotation?: { readonly periodInDays: number; readonly nextDate: Date };
  readonly currentMaterialId: string;
  readonly materials: readonly Material[];
  readonly aliases: readonly Alias[];
  readonly grants: readonly Grant[];
}

/** The name of a key's aggregate. */
export function keyAggregate(account: string, region: string, keyId: string): string {
  return `key/${account}/${region}/${keyId}`;
}

/** The material that encrypts now. */
export function currentMaterial(key: KmsKey): Material {
  const current = key.materials.find((each) => each.materialId === key.currentMaterialId);
  if (current === undefined) throw new TypeError(`key ${key.keyId} has no current material`);
  return current;
}
