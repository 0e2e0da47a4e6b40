import type { OpenedRow, SealedRow, SealedTable } from "../../../database/sealed-row.ts";
import type {
  Alias,
  CustomStore,
  Grant,
  GrantConstraints,
  GrantParty,
  Imported,
  KmsKey,
  Material,
  MultiRegion,
  Tag,
} from "../model/key.ts";
import { partyName } from "../model/key.ts";
import type { aliasesTable, grantsTable, keysTable, materialsTable } from "./schema.ts";

/** Between rows and the model: nothing is decided here. Lists and maps are JSON text, moments are epoch milliseconds. */
type ColumnsOf<T> = T extends SealedTable<infer C> ? C : never;
type RowOf<T> = SealedRow<ColumnsOf<T>>;
type Opened<T> = OpenedRow<ColumnsOf<T>>;

interface Place {
  readonly account: string;
  readonly region: string;
  readonly keyId: string;
}

const place = ({ account, region, keyId }: Place) => ({
  account_id: account,
  region,
  key_id: keyId,
});

export function keyRow(key: KmsKey, digest: Uint8Array): RowOf<typeof keysTable> {
  return {
    ...place(key),
    created_at: key.createdAt.getTime(),
    spec: key.spec,
    usage: key.usage,
    origin: key.origin,
    manager: key.manager,
    state: key.state,
    description: key.description,
    deletion_date: key.deletionDate?.getTime() ?? null,
    policy: key.policy,
    tags: JSON.stringify(key.tags),
    rotation_period: key.rotation?.periodInDays ?? null,
    next_rotation: key.rotation?.nextDate.getTime() ?? null,
    current_material: key.currentMaterialId ?? "",
    version: key.version.version,
    children_digest: digest,
    multi_region: json(key.multiRegion),
    custom_store: key.customStore === undefined ? null : customStoreText(key.customStore),
    pending_window: key.pendingWindowInDays ?? null,
    material_expiry: materialExpiry(key)?.getTime() ?? null,
  };
}

/** The columns of a key row as members of the model; children, ARN and domain are added by the reader. */
export function keyFromRow(row: Opened<typeof keysTable>) {
  const rotation =
    row.rotation_period === null
      ? {}
      : {
          rotation: {
            periodInDays: Number(row.rotation_period),
            nextDate: dateOf(row.next_rotation),
          },
        };
  return {
    account: String(row.account_id),
    region: String(row.region),
    keyId: String(row.key_id),
    createdAt: dateOf(row.created_at),
    spec: String(row.spec) as KmsKey["spec"],
    usage: String(row.usage) as KmsKey["usage"],
    origin: String(row.origin) as KmsKey["origin"],
    manager: String(row.manager) as KmsKey["manager"],
    state: String(row.state) as KmsKey["state"],
    description: String(row.description),
    ...(row.deletion_date === null ? {} : { deletionDate: dateOf(row.deletion_date) }),
    policy: String(row.policy),
    tags: JSON.parse(String(row.tags)) as readonly Tag[],
    ...rotation,
    ...(row.current_material === "" ? {} : { currentMaterialId: String(row.current_material) }),
    ...(row.multi_region === null
      ? {}
      : { multiRegion: JSON.parse(String(row.multi_region)) as MultiRegion }),
    ...(row.custom_store === null
      ? {}
      : { customStore: JSON.parse(String(row.custom_store)) as CustomStore }),
    ...(row.pending_window === null ? {} : { pendingWindowInDays: Number(row.pending_window) }),
  };
}

export function materialRow(key: Place, material: Material): RowOf<typeof materialsTable> {
  const { createdAt, rotation, imported } = material;
  const rotatedLater = rotation !== undefined && rotation.date.getTime() !== createdAt.getTime();
  return {
    ...place(key),
    material_id: material.materialId,
    generation: material.generation,
    created_at: createdAt.getTime(),
    rotation: rotation?.type ?? null,
    wrapped: material.wrapped ?? noBytes,
    public_key: material.publicKey ?? null,
    rotated_at: rotatedLater ? rotation.date.getTime() : null,
    imported:
      imported === undefined
        ? null
        : JSON.stringify({ ...imported, validTo: imported.validTo?.getTime() }),
  };
}

export function materialFromRow(row: Opened<typeof materialsTable>): Material {
  const wrapped = row.wrapped as Uint8Array;
  const date = dateOf(row.rotated_at ?? row.created_at);
  return {
    materialId: String(row.material_id),
    generation: Number(row.generation),
    createdAt: dateOf(row.created_at),
    ...(row.rotation === null
      ? {}
      : { rotation: { type: row.rotation === "AUTOMATIC" ? "AUTOMATIC" : "ON_DEMAND", date } }),
    ...(wrapped.length === 0 ? {} : { wrapped }),
    ...(row.public_key === null ? {} : { publicKey: row.public_key as Uint8Array }),
    ...(row.imported === null ? {} : { imported: importedFrom(String(row.imported)) }),
  };
}

function importedFrom(text: string): Imported {
  const { validTo, ...members } = JSON.parse(text) as Omit<Imported, "validTo"> & {
    readonly validTo?: number;
  };
  return { ...members, ...(validTo === undefined ? {} : { validTo: dateOf(validTo) }) };
}

const noBytes = Buffer.alloc(0);

/** When the first of a key's materials that are still there ends. */
function materialExpiry({ materials }: KmsKey): Date | undefined {
  const ends = materials.flatMap(({ wrapped, imported }) =>
    wrapped === undefined || imported?.validTo === undefined ? [] : [imported.validTo],
  );
  return ends.toSorted((a, b) => a.getTime() - b.getTime())[0];
}

export function aliasRow(key: Place, alias: Alias): RowOf<typeof aliasesTable> {
  return {
    ...place(key),
    alias_name: alias.name,
    created_at: alias.createdAt.getTime(),
    updated_at: alias.updatedAt.getTime(),
  };
}

export function aliasFromRow(row: Opened<typeof aliasesTable>): Alias {
  return {
    name: String(row.alias_name),
    createdAt: dateOf(row.created_at),
    updatedAt: dateOf(row.updated_at),
  };
}

export function grantRow(key: Place, grant: Grant): RowOf<typeof grantsTable> {
  return {
    ...place(key),
    grant_id: grant.grantId,
    name: grant.name,
    created_at: grant.createdAt.getTime(),
    grantee: partyName(grant.grantee),
    grantee_is_service: isService(grant.grantee),
    retiring: grant.retiring === undefined ? null : partyName(grant.retiring),
    retiring_is_service: grant.retiring === undefined ? 0 : isService(grant.retiring),
    issuing_account: grant.issuingAccount,
    operations: JSON.stringify(grant.operations),
    constraints: grant.constraints === undefined ? null : JSON.stringify(grant.constraints),
  };
}

export function grantFromRow(row: Opened<typeof grantsTable>): Grant {
  return {
    grantId: String(row.grant_id),
    name: String(row.name),
    createdAt: dateOf(row.created_at),
    grantee: party(row.grantee, row.grantee_is_service),
    ...(row.retiring === null ? {} : { retiring: party(row.retiring, row.retiring_is_service) }),
    issuingAccount: String(row.issuing_account),
    operations: JSON.parse(String(row.operations)) as readonly string[],
    ...(row.constraints === null
      ? {}
      : { constraints: JSON.parse(String(row.constraints)) as GrantConstraints }),
  };
}

const isService = (each: GrantParty): number => ("service" in each ? 1 : 0);

function party(name: unknown, service: unknown): GrantParty {
  return Number(service) === 1 ? { service: String(name) } : { principal: String(name) };
}

/** JSON text of a key's place in its store: the same for no two keys of external keys. The cluster is the store's to tell. */
export function customStoreText({ storeId, xksKeyId }: CustomStore): string {
  return JSON.stringify({ storeId, xksKeyId });
}

/** JSON text of a value; NULL for none. */
function json(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function dateOf(value: unknown): Date {
  return new Date(Number(value));
}
