"""What users of boto3 do, against the endpoint in ENDPOINT. Fails on the first surprise."""

import os
import sys
import uuid

import boto3
from botocore.exceptions import ClientError


def client(service):
    return boto3.client(service, endpoint_url=os.environ["ENDPOINT"])


def refused(code, message, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        found = error.response["Error"]
        assert found["Code"] == code, found
        assert found.get("Message", "") == message, found
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        return
    raise AssertionError(f"{code} did not come")


def members(answer):
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def main():
    kms = client("kms")
    metadata = kms.create_key(Description="by boto3", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]
    key, arn = metadata["KeyId"], metadata["Arn"]
    alias = f"alias/boto3-{key}"
    assert members(kms.create_alias(AliasName=alias, TargetKeyId=key)) == {}
    assert kms.describe_key(KeyId=alias)["KeyMetadata"] == metadata
    assert metadata["CreationDate"].tzinfo is not None

    context = {"Owner": "me", "ü": "☂"}
    sealed = kms.encrypt(KeyId=alias, Plaintext=b"\x00\xffbytes", EncryptionContext=context)
    assert sealed["KeyId"] == arn
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context)
    assert opened["Plaintext"] == b"\x00\xffbytes"
    refused("InvalidCiphertextException", "", kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"])
    moved = kms.re_encrypt(
        CiphertextBlob=sealed["CiphertextBlob"], SourceEncryptionContext=context, DestinationKeyId=key
    )
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"\x00\xffbytes"
    data_key = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    assert kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"])["Plaintext"] == data_key["Plaintext"]
    assert len(kms.generate_random(NumberOfBytes=32)["Plaintext"]) == 32

    assert members(kms.enable_key_rotation(KeyId=key)) == {}
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    kms.disable_key(KeyId=key)
    try:
        kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])
        raise AssertionError("a disabled key decrypted")
    except kms.exceptions.DisabledException as error:
        assert error.response["Error"]["Message"] == f"{arn} is disabled."
    kms.enable_key(KeyId=key)

    user = client("sts").get_caller_identity()["Arn"]
    grant = kms.create_grant(KeyId=key, GranteePrincipal=user, Operations=["Decrypt"], Name="n")
    pages = kms.get_paginator("list_grants").paginate(KeyId=key, PaginationConfig={"PageSize": 1})
    assert [each["GrantId"] for page in pages for each in page["Grants"]] == [grant["GrantId"]]
    assert members(kms.retire_grant(GrantToken=grant["GrantToken"])) == {}
    tags = kms.get_paginator("list_resource_tags").paginate(KeyId=key).build_full_result()
    assert tags["Tags"] == [{"TagKey": "a", "TagValue": "b"}]
    keys = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 1}).build_full_result()["Keys"]
    assert {"KeyId": key, "KeyArn": arn} in keys
    aliases = kms.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 3}).build_full_result()
    assert alias in [each["AliasName"] for each in aliases["Aliases"]]
    policy = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    assert members(kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)) == {}

    missing = str(uuid.uuid4())
    text = f"Key '{arn.replace(key, missing)}' does not exist"
    refused("NotFoundException", text, kms.describe_key, KeyId=missing)
    scheduled = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert scheduled["KeyState"] == "PendingDeletion"
    assert scheduled["DeletionDate"] > metadata["CreationDate"]
    assert members(kms.cancel_key_deletion(KeyId=key)) == {"KeyId": arn}
    print(f"boto3 {boto3.__version__} on Python {sys.version.split()[0]}: done")


main()
