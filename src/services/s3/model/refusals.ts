import { AwsError } from "../../../base/errors.ts";

/** S3's words for what it refuses. */
export function noSuchBucket(name: string): AwsError {
  return new AwsError("NoSuchBucket", "The specified bucket does not exist", {
    details: { BucketName: name },
  });
}

export function noSuchKey(key: string): AwsError {
  return new AwsError("NoSuchKey", "The specified key does not exist.", { details: { Key: key } });
}

export function noSuchBucketPolicy(name: string): AwsError {
  return new AwsError("NoSuchBucketPolicy", "The bucket policy does not exist", {
    details: { BucketName: name },
  });
}

export function accessDenied(): AwsError {
  return new AwsError("AccessDeniedException", "Access Denied");
}

export function invalidBucketName(name: string): AwsError {
  return new AwsError("InvalidBucketName", "The specified bucket is not valid.", {
    details: { BucketName: name },
  });
}

export function invalidArgument(message: string, name: string, value: string): AwsError {
  return new AwsError("InvalidArgument", message, {
    details: { ArgumentName: name, ArgumentValue: value },
  });
}

/** The bucket is in another region than the request was signed for. */
export function elsewhere(bucket: string, region: string): AwsError {
  return new AwsError(
    "PermanentRedirect",
    "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
    {
      details: { Endpoint: `${bucket}.s3.${region}.amazonaws.com`, Bucket: bucket, Region: region },
    },
  );
}
