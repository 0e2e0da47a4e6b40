import {
  blob,
  boolean,
  list,
  oneOf,
  required,
  string,
  structure,
  timestamp,
} from "../../../shape/shape.ts";

/** Members that many operations share, with the limits of AWS's model. */
export const text = string();
export const trailName = required(string());

const tag = structure({
  Key: required(string({ min: 1, max: 128 })),
  Value: string({ min: 0, max: 256 }),
});
export const tags = list(tag, { max: 200 });

/** What CreateTrail and UpdateTrail take beside the name. */
export const settings = {
  S3BucketName: text,
  S3KeyPrefix: text,
  SnsTopicName: text,
  IncludeGlobalServiceEvents: boolean,
  IsMultiRegionTrail: boolean,
  EnableLogFileValidation: boolean,
  CloudWatchLogsLogGroupArn: text,
  CloudWatchLogsRoleArn: text,
  KmsKeyId: text,
  IsOrganizationTrail: boolean,
  RecursiveLogging: boolean,
};

/** What CreateTrail and UpdateTrail answer. */
export const settingsAnswer = structure({
  Name: required(text),
  S3BucketName: required(text),
  S3KeyPrefix: text,
  IncludeGlobalServiceEvents: required(boolean),
  IsMultiRegionTrail: required(boolean),
  TrailARN: required(text),
  LogFileValidationEnabled: required(boolean),
  KmsKeyId: text,
  IsOrganizationTrail: required(boolean),
  RecursiveLogging: required(boolean),
});

export const trail = structure({
  Name: required(text),
  S3BucketName: required(text),
  S3KeyPrefix: text,
  IncludeGlobalServiceEvents: required(boolean),
  IsMultiRegionTrail: required(boolean),
  HomeRegion: required(text),
  TrailARN: required(text),
  LogFileValidationEnabled: required(boolean),
  KmsKeyId: text,
  HasCustomEventSelectors: required(boolean),
  HasInsightSelectors: required(boolean),
  IsOrganizationTrail: required(boolean),
  RecursiveLogging: required(boolean),
});

export const trailInfo = structure({
  TrailARN: required(text),
  Name: required(text),
  HomeRegion: required(text),
});

const dataResource = structure({ Type: text, Values: list(text) });
export const eventSelectors = list(
  structure({
    ReadWriteType: oneOf("ReadOnly", "WriteOnly", "All"),
    IncludeManagementEvents: boolean,
    DataResources: list(dataResource),
    ExcludeManagementEventSources: list(text),
  }),
);

const operator = list(string({ min: 1, max: 2_048, pattern: /.+/ }), { min: 1 });
const fieldSelector = structure({
  Field: required(string({ min: 1, max: 1_000, pattern: /[\w|\d|.|_]+/ })),
  Equals: operator,
  StartsWith: operator,
  EndsWith: operator,
  NotEquals: operator,
  NotStartsWith: operator,
  NotEndsWith: operator,
});
export const advancedEventSelectors = list(
  structure({
    Name: string({ min: 0, max: 1_000, pattern: /.*/ }),
    FieldSelectors: required(list(fieldSelector, { min: 1 })),
  }),
);

export const selectorsAnswer = structure({
  TrailARN: required(text),
  EventSelectors: eventSelectors,
  AdvancedEventSelectors: advancedEventSelectors,
});

export const lookupAttribute = structure({
  AttributeKey: required(
    oneOf(
      "EventId",
      "EventName",
      "ReadOnly",
      "Username",
      "ResourceType",
      "ResourceName",
      "EventSource",
      "AccessKeyId",
    ),
  ),
  AttributeValue: required(string({ min: 1, max: 2_000 })),
});

export const event = structure({
  EventId: required(text),
  EventName: required(text),
  ReadOnly: required(text),
  AccessKeyId: text,
  EventTime: required(timestamp),
  EventSource: required(text),
  Username: text,
  Resources: required(
    list(structure({ ResourceType: required(text), ResourceName: required(text) })),
  ),
  CloudTrailEvent: required(text),
});

export const publicKey = structure({
  Value: required(blob()),
  ValidityStartTime: required(timestamp),
  ValidityEndTime: required(timestamp),
  Fingerprint: required(text),
});

export const resourceTags = structure({ ResourceId: required(text), TagsList: required(tags) });

export const trailStatus = structure({
  IsLogging: required(boolean),
  LatestDeliveryError: text,
  LatestDeliveryTime: timestamp,
  StartLoggingTime: timestamp,
  StopLoggingTime: timestamp,
  LatestDigestDeliveryTime: timestamp,
  LatestDigestDeliveryError: text,
  LatestDeliveryAttemptTime: required(text),
  LatestNotificationAttemptTime: required(text),
  LatestNotificationAttemptSucceeded: required(text),
  LatestDeliveryAttemptSucceeded: required(text),
  TimeLoggingStarted: required(text),
  TimeLoggingStopped: required(text),
});
