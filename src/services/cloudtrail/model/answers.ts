import type { ValueOf } from "../../../shape/shape.ts";
import type * as member from "./members.ts";
import type { AdvancedSelector, EventSelector, FieldSelector, Selectors } from "./selectors.ts";
import { selectorOperators, usualSelectors } from "./selectors.ts";
import type { Trail } from "./trail.ts";
import { trailArn } from "./trail.ts";

export function settingsAnswer(trail: Trail): ValueOf<typeof member.settingsAnswer> {
  return {
    Name: trail.name,
    S3BucketName: trail.bucket,
    S3KeyPrefix: trail.prefix,
    IncludeGlobalServiceEvents: trail.globalEvents,
    IsMultiRegionTrail: trail.multiRegion,
    TrailARN: trailArn(trail),
    LogFileValidationEnabled: trail.validation,
    KmsKeyId: trail.kmsKeyArn,
    IsOrganizationTrail: false,
    RecursiveLogging: trail.recursive ?? true,
  };
}

export function trailAnswer(trail: Trail): ValueOf<typeof member.trail> {
  return {
    ...settingsAnswer(trail),
    HomeRegion: trail.homeRegion,
    HasCustomEventSelectors: trail.selectors !== undefined,
    HasInsightSelectors: false,
  };
}

export function infoAnswer(trail: Trail): ValueOf<typeof member.trailInfo> {
  return { TrailARN: trailArn(trail), Name: trail.name, HomeRegion: trail.homeRegion };
}

export function selectorsAnswer(trail: Trail): ValueOf<typeof member.selectorsAnswer> {
  const selectors = trail.selectors ?? usualSelectors;
  return {
    TrailARN: trailArn(trail),
    ...("basic" in selectors
      ? { EventSelectors: selectors.basic.map(basicAnswer) }
      : { AdvancedEventSelectors: selectors.advanced.map(advancedAnswer) }),
  };
}

function basicAnswer({ readWrite, management, dataResources, excluded }: EventSelector) {
  return {
    ReadWriteType: readWrite,
    IncludeManagementEvents: management,
    DataResources: dataResources.map(({ type, values }) => ({ Type: type, Values: values })),
    ExcludeManagementEventSources: excluded,
  };
}

function advancedAnswer({ name, fields }: AdvancedSelector) {
  return {
    Name: name,
    FieldSelectors: fields.map(({ field, conditions }) => ({ Field: field, ...conditions })),
  };
}

/** Selectors as a request spells them; undefined where it has none. */
export function readSelectors({
  EventSelectors,
  AdvancedEventSelectors,
}: SelectorMembers): Selectors | undefined {
  if (AdvancedEventSelectors !== undefined)
    return { advanced: AdvancedEventSelectors.map(readAdvanced) };
  return EventSelectors === undefined ? undefined : { basic: EventSelectors.map(readBasic) };
}

interface SelectorMembers {
  readonly EventSelectors?: ValueOf<typeof member.eventSelectors> | undefined;
  readonly AdvancedEventSelectors?: ValueOf<typeof member.advancedEventSelectors> | undefined;
}

type BasicMembers = ValueOf<typeof member.eventSelectors>[number];
type AdvancedMembers = ValueOf<typeof member.advancedEventSelectors>[number];

function readBasic(selector: BasicMembers): EventSelector {
  return {
    readWrite: selector.ReadWriteType ?? "All",
    management: selector.IncludeManagementEvents ?? true,
    dataResources: (selector.DataResources ?? []).map(({ Type = "", Values = [] }) => ({
      type: Type,
      values: Values,
    })),
    excluded: selector.ExcludeManagementEventSources ?? [],
  };
}

function readAdvanced({ Name, FieldSelectors }: AdvancedMembers): AdvancedSelector {
  return { ...(Name === undefined ? {} : { name: Name }), fields: FieldSelectors.map(readField) };
}

function readField(selector: AdvancedMembers["FieldSelectors"][number]): FieldSelector {
  const present = selectorOperators.flatMap((operator) => {
    const values = selector[operator];
    return values === undefined ? [] : [[operator, values] as const];
  });
  return { field: selector.Field, conditions: Object.fromEntries(present) };
}
