"""Buckets and objects through boto3: run against the service in ENDPOINT, with a bucket that holds objects below logs/."""

import os
import sys
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

bucket = sys.argv[1]


def connect(region="us-east-1", **more):
    config = Config(signature_version="s3v4", retries={"max_attempts": 1}, **more)
    return boto3.client("s3", endpoint_url=os.environ["ENDPOINT"], region_name=region, config=config)


s3 = connect()
pages = s3.get_paginator("list_objects").paginate(
    Bucket=bucket, Prefix="logs/", PaginationConfig={"PageSize": 1}
)
keys = [each["Key"] for page in pages for each in page["Contents"]]
assert keys == ["logs/1.json", "logs/2.json", "logs/more/3 é+&.json"], keys
pages = s3.get_paginator("list_objects_v2").paginate(
    Bucket=bucket, Prefix="logs/", PaginationConfig={"PageSize": 2}
)
assert keys == [each["Key"] for page in pages for each in page["Contents"]]

for key in keys:
    answer = s3.get_object(Bucket=bucket, Key=key)
    assert answer["Body"].read().decode() == key + "\n"
    assert answer["Metadata"] == {"of": "tests"}, answer["Metadata"]
    assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(key.encode()) + 1
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
    with urllib.request.urlopen(url) as response:
        assert response.read().decode() == key + "\n"

elsewhere = bucket + "-eu"
connect("eu-west-1").create_bucket(
    Bucket=elsewhere, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
)
try:
    assert s3.get_bucket_location(Bucket=elsewhere)["LocationConstraint"] == "eu-west-1"
    assert connect("eu-west-1").list_objects(Bucket=elsewhere)["ResponseMetadata"]["HTTPStatusCode"] == 200
    # boto3 goes where the redirect says, and signs for the region there.
    assert s3.list_objects(Bucket=elsewhere)["ResponseMetadata"]["HTTPStatusCode"] == 200
finally:
    connect("eu-west-1").delete_bucket(Bucket=elsewhere)

try:
    s3.get_object(Bucket=bucket, Key="nosuch")
    raise AssertionError("found what is not there")
except s3.exceptions.NoSuchKey as error:
    assert error.response["Error"]["Key"] == "nosuch"

print("done")
