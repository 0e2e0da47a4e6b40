/**
 * The error catalogue: every code a client can receive, each written once with its HTTP status.
 * Anything else that is thrown is a bug of ours and reaches the client as KMSInternalException.
 */
const catalogue = {
  AccessControlListNotSupported: 400,
  AWSOrganizationsNotInUseException: 400,
  AccessDeniedException: 400,
  AccountNotFoundException: 400,
  AlreadyExistsException: 400,
  AlreadyInOrganizationException: 400,
  AuthorizationQueryParametersError: 400,
  BucketAlreadyExists: 409,
  BucketAlreadyOwnedByYou: 409,
  BucketNotEmpty: 409,
  ChildNotFoundException: 400,
  CloudHsmClusterInUseException: 400,
  CloudHsmClusterInvalidConfigurationException: 400,
  CloudHsmClusterNotActiveException: 400,
  CloudHsmClusterNotFoundException: 400,
  CloudHsmClusterNotRelatedException: 400,
  CloudTrailARNInvalidException: 400,
  CloudTrailAccessNotEnabledException: 400,
  CloudWatchLogsDeliveryUnavailableException: 400,
  ConflictException: 400,
  ConstraintViolationException: 400,
  CreateAccountStatusNotFoundException: 400,
  CredentialReportExpiredException: 410,
  CredentialReportNotPresentException: 410,
  CustomKeyStoreHasCMKsException: 400,
  CustomKeyStoreInvalidStateException: 400,
  CustomKeyStoreNameInUseException: 400,
  CustomKeyStoreNotFoundException: 400,
  DeleteConflictException: 409,
  DependencyTimeoutException: 500,
  DisabledException: 400,
  DryRunOperationException: 400,
  DuplicatePolicyAttachmentException: 400,
  DuplicatePolicyException: 400,
  EntityAlreadyExistsException: 409,
  ExpiredIdentityTokenException: 400,
  ExpiredImportTokenException: 400,
  ExpiredTokenException: 400,
  IDPCommunicationErrorException: 400,
  IDPRejectedClaimException: 403,
  IllegalLocationConstraintException: 400,
  IncompleteSignatureException: 400,
  IncorrectKeyException: 400,
  IncorrectKeyMaterialException: 400,
  IncorrectTrustAnchorException: 400,
  InsufficientEncryptionPolicyException: 400,
  InsufficientS3BucketPolicyException: 400,
  InsufficientSnsTopicPolicyException: 400,
  InvalidAliasNameException: 400,
  InvalidArgument: 400,
  InvalidArnException: 400,
  InvalidAuthorizationMessageException: 400,
  InvalidBucketAclWithObjectOwnership: 400,
  InvalidBucketName: 400,
  InvalidCiphertextException: 400,
  InvalidEventCategoryException: 400,
  InvalidEventSelectorsException: 400,
  InvalidGrantIdException: 400,
  InvalidGrantTokenException: 400,
  InvalidHomeRegionException: 400,
  InvalidIdentityTokenException: 400,
  InvalidImportTokenException: 400,
  InvalidInputException: 400,
  InvalidKeyUsageException: 400,
  InvalidKmsKeyIdException: 400,
  InvalidLocationConstraint: 400,
  InvalidLookupAttributesException: 400,
  InvalidMarkerException: 400,
  InvalidMaxResultsException: 400,
  InvalidNextTokenException: 400,
  InvalidParameterCombinationException: 400,
  InvalidParameterValueException: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidS3BucketNameException: 400,
  InvalidS3PrefixException: 400,
  InvalidSignatureException: 400,
  InvalidTagParameterException: 400,
  InvalidTimeRangeException: 400,
  InvalidTokenException: 400,
  InvalidTrailNameException: 400,
  InvalidURI: 400,
  InvalidUserTypeException: 400,
  KeyTooLongError: 400,
  KMSInternalException: 500,
  KMSInvalidMacException: 400,
  KMSInvalidSignatureException: 400,
  KMSInvalidStateException: 400,
  KeyUnavailableException: 500,
  KmsKeyNotFoundException: 400,
  LimitExceededException: 400,
  MalformedPolicy: 400,
  MalformedPolicyDocumentException: 400,
  MalformedXML: 400,
  MaximumNumberOfTrailsExceededException: 400,
  MethodNotAllowed: 405,
  MissingAuthenticationTokenException: 400,
  NoSuchBucket: 404,
  NoSuchBucketPolicy: 404,
  NoSuchEntityException: 404,
  NoSuchKey: 404,
  NotAuthorizedException: 400,
  NotFoundException: 400,
  NotImplemented: 501,
  NotModified: 304,
  OrganizationNotEmptyException: 400,
  OrganizationsNotInUseException: 400,
  PackedPolicyTooLargeException: 400,
  ParentNotFoundException: 400,
  PasswordPolicyViolationException: 400,
  PermanentRedirect: 301,
  PolicyInUseException: 400,
  PolicyNotAttachableException: 400,
  PolicyNotAttachedException: 400,
  PolicyNotFoundException: 400,
  PolicyTypeAlreadyEnabledException: 400,
  PolicyTypeNotAvailableForOrganizationException: 400,
  PolicyTypeNotEnabledException: 400,
  PreconditionFailed: 412,
  RequestChangedException: 400,
  RequestEntityTooLargeException: 413,
  RequestTimeTooSkewed: 403,
  ResourceNotFoundException: 400,
  ResourceTypeNotSupportedException: 400,
  RootNotFoundException: 400,
  S3BucketDoesNotExistException: 400,
  SerializationException: 400,
  ServiceUnavailableException: 503,
  TagException: 400,
  TagsLimitExceededException: 400,
  TargetNotFoundException: 400,
  ThrottlingException: 400,
  TrailAlreadyExistsException: 400,
  TrailNotFoundException: 400,
  UnknownOperationException: 400,
  UnmodifiableEntityException: 400,
  UnrecognizedClientException: 400,
  UnsupportedOperationException: 400,
  ValidationException: 400,
  XAmzContentSHA256Mismatch: 400,
  XksKeyAlreadyInUseException: 400,
  XksKeyInvalidConfigurationException: 400,
  XksKeyNotFoundException: 400,
  XksProxyIncorrectAuthenticationCredentialException: 400,
  XksProxyInvalidConfigurationException: 400,
  XksProxyInvalidResponseException: 400,
  XksProxyUriEndpointInUseException: 400,
  XksProxyUriInUseException: 400,
  XksProxyUriUnreachableException: 400,
  XksProxyVpcEndpointServiceInUseException: 400,
  XksProxyVpcEndpointServiceInvalidConfigurationException: 400,
  XksProxyVpcEndpointServiceNotFoundException: 400,
} as const satisfies Readonly<Record<string, number>>;

export type ErrorCode = keyof typeof catalogue;

interface AwsErrorOptions extends ErrorOptions {
  readonly reason?: string | undefined;
  readonly authorizationMessage?: string;
  readonly details?: Readonly<Record<string, string>>;
}

/** A fault of the client's, in AWS's words. An empty message is left out of the answer, as AWS does for several codes. */
export class AwsError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  /** The kind of a fault within its code, where AWS names one. */
  readonly reason: string | undefined;
  /** Of a refusal: why, sealed for those of the caller's account who may decode it. */
  readonly authorizationMessage: string | undefined;
  /** What S3 says of a fault beside its text, by the names of elements. */
  readonly details: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message = "", options?: AwsErrorOptions) {
    super(message, options);
    this.name = code;
    this.code = code;
    this.status = catalogue[code];
    this.reason = options?.reason;
    this.authorizationMessage = options?.authorizationMessage;
    this.details = options?.details ?? {};
  }
}

/** The opaque answer to a fault of the service's own: whether the call was carried out is not said. */
export function internalFailure(cause: Error): AwsError {
  return new AwsError(
    "KMSInternalException",
    "The request was rejected because an internal exception occurred. The request can be retried.",
    { cause },
  );
}

/** Stored data failed its authentication: somebody or something changed it outside the service. Never shown to a client. */
export class IntegrityError extends Error {
  override readonly name = "IntegrityError";
}

/** A fault of the operator's (configuration, seed file, data folder), with a message that says what to do. */
export class OperatorError extends Error {
  override readonly name = "OperatorError";
}
