"""Calls every operation of KMS through boto3, with success and with a documented error.

usage: boto3-every-operation.py SETTINGS.json
SETTINGS: models (a folder with AWS's newest model), operations (names of all), region, store (a request
that creates a custom key store over a proxy)
"""

import functools
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid

settings = json.load(open(sys.argv[1], encoding="utf8"))
os.environ["AWS_DATA_PATH"] = settings["models"]

import boto3  # noqa: E402
import botocore  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402


def client(region):
    config = botocore.config.Config(retries={"max_attempts": 0})
    return boto3.client("kms", region_name=region, endpoint_url=os.environ["ENDPOINT"], config=config)


kms = client(settings["region"])
missing = {"KeyId": str(uuid.uuid4())}
broken = {"KeyId": "arn:aws:kms"}
no_store = {"CustomKeyStoreId": "cks-00000000000000000"}


def key(**parameters):
    return kms.create_key(**parameters)["KeyMetadata"]["KeyId"]


def symmetric(**more):
    return {"KeyId": key(), **more}


def signing(**more):
    made = key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    return {"KeyId": made, "Message": b"message", "SigningAlgorithm": "ECDSA_SHA_256", **more}


def mac(**more):
    made = key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    return {"KeyId": made, "Message": b"message", "MacAlgorithm": "HMAC_SHA_256", **more}


def encapsulation():
    made = key(KeySpec="ML_KEM_768", KeyUsage="ENCAPSULATE_DECAPSULATE")
    return {"KeyId": made, "EncapsulationAlgorithm": "ML_KEM"}


def primary():
    return {"KeyId": key(MultiRegion=True)}


def disabled(request):
    kms.disable_key(KeyId=request["KeyId"])
    return request


def scheduled(request):
    kms.schedule_key_deletion(KeyId=request.get("KeyId", request.get("TargetKeyId")), PendingWindowInDays=7)
    return request


def but(**changes):
    return lambda request: {**request, **changes}


def other_key(request):
    return {**request, "KeyId": key()}


def last_byte_changed(member):
    def change(request):
        given = request[member]
        return {**request, member: given[:-1] + bytes([given[-1] ^ 1])}

    return change


def encrypted():
    request = symmetric(EncryptionContext={"app": "1"})
    blob = kms.encrypt(Plaintext=b"plain", **request)["CiphertextBlob"]
    return {**request, "CiphertextBlob": blob}


def re_encrypted():
    given = encrypted()
    return {
        "CiphertextBlob": given["CiphertextBlob"],
        "SourceKeyId": given["KeyId"],
        "SourceEncryptionContext": given["EncryptionContext"],
        "DestinationKeyId": key(),
    }


def alias():
    made = {"AliasName": f"alias/{uuid.uuid4()}", "TargetKeyId": key()}
    kms.create_alias(**made)
    return made


def granted():
    made = symmetric()
    terms = {"GranteePrincipal": "arn:aws:iam::111122223333:root", "Operations": ["Decrypt"]}
    return {**made, "GrantId": kms.create_grant(**made, **terms)["GrantId"]}


def replicated():
    made = primary()
    kms.replicate_key(**made, ReplicaRegion="us-west-2")
    return made


def import_of(material):
    """A request to import material, which the openssl command line wraps."""
    made = {"KeyId": key(Origin="EXTERNAL")}
    given = kms.get_parameters_for_import(
        **made, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"
    )
    with tempfile.NamedTemporaryFile() as public:
        public.write(given["PublicKey"])
        public.flush()
        oaep = ["rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha256"]
        options = [part for each in oaep for part in ("-pkeyopt", each)]
        wrap = ["openssl", "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", public.name]
        wrapped = subprocess.run(wrap + options, input=material, capture_output=True, check=True).stdout
    return {
        **made,
        "ImportToken": given["ImportToken"],
        "EncryptedKeyMaterial": wrapped,
        "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
    }


def imported():
    request = import_of(os.urandom(32))
    kms.import_key_material(**request)
    return {"KeyId": request["KeyId"]}


def hidden_store():
    """A store behind an endpoint service: its proxy is not asked before it is connected."""
    name = uuid.uuid4().hex
    return {
        **settings["store"],
        "CustomKeyStoreName": name,
        "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE",
        "XksProxyUriEndpoint": f"https://{name}.example.test",
        "XksProxyVpcEndpointServiceName": f"com.amazonaws.vpce.us-east-1.vpce-svc-{name[:17]}",
    }


def stored():
    return {"CustomKeyStoreId": kms.create_custom_key_store(**hidden_store())["CustomKeyStoreId"]}


def once_more(request):
    kms.create_custom_key_store(**request)
    return request


def until(request, state):
    while True:
        found = kms.describe_custom_key_stores(**request)["CustomKeyStores"][0]
        if found["ConnectionState"] == state:
            return request
        assert found["ConnectionState"] != "FAILED", found
        time.sleep(0.02)


@functools.cache
def connected():
    created = kms.create_custom_key_store(**settings["store"])
    request = {"CustomKeyStoreId": created["CustomKeyStoreId"]}
    kms.connect_custom_key_store(**request)
    return until(request, "CONNECTED")


# operation: a request that succeeds, the error to provoke, and how the request that provokes it differs.
rows = {
    "CancelKeyDeletion": (lambda: scheduled(symmetric()), "NotFoundException", but(**missing)),
    "ConnectCustomKeyStore": (stored, "CustomKeyStoreNotFoundException", but(**no_store)),
    "CreateAlias": (
        lambda: {"AliasName": f"alias/{uuid.uuid4()}", "TargetKeyId": key()},
        "KMSInvalidStateException",
        scheduled,
    ),
    "CreateCustomKeyStore": (hidden_store, "CustomKeyStoreNameInUseException", once_more),
    "CreateGrant": (
        lambda: symmetric(GranteePrincipal="arn:aws:iam::111122223333:root", Operations=["Encrypt"]),
        "DisabledException",
        disabled,
    ),
    "CreateKey": (
        lambda: {"Tags": [{"TagKey": "a", "TagValue": "b"}], "KeySpec": "ML_DSA_44", "KeyUsage": "SIGN_VERIFY"},
        "TagException",
        but(Tags=[{"TagKey": "a", "TagValue": "1"}, {"TagKey": "a", "TagValue": "2"}]),
    ),
    "Decapsulate": (
        lambda: (made := encapsulation())
        and {**made, "SharedSecretCiphertextBlob": kms.encapsulate(**made)["SharedSecretCiphertextBlob"]},
        "InvalidCiphertextException",
        but(SharedSecretCiphertextBlob=b"short"),
    ),
    "Decrypt": (encrypted, "IncorrectKeyException", other_key),
    "DeleteAlias": (
        lambda: {"AliasName": alias()["AliasName"]},
        "NotFoundException",
        but(AliasName="alias/none"),
    ),
    "DeleteCustomKeyStore": (stored, "CustomKeyStoreNotFoundException", but(**no_store)),
    "DeleteImportedKeyMaterial": (imported, "UnsupportedOperationException", other_key),
    "DeriveSharedSecret": (
        lambda: (made := key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT"))
        and {
            "KeyId": made,
            "KeyAgreementAlgorithm": "ECDH",
            "PublicKey": kms.get_public_key(KeyId=made)["PublicKey"],
        },
        "InvalidKeyUsageException",
        other_key,
    ),
    "DescribeCustomKeyStores": (lambda: {"Limit": 1}, "InvalidMarkerException", but(Marker="none")),
    "DescribeKey": (symmetric, "InvalidArnException", but(**broken)),
    "DisableKey": (symmetric, "KMSInvalidStateException", scheduled),
    "DisableKeyRotation": (symmetric, "DisabledException", disabled),
    "DisconnectCustomKeyStore": (connected, "CustomKeyStoreNotFoundException", but(**no_store)),
    "EnableKey": (symmetric, "KMSInvalidStateException", scheduled),
    "EnableKeyRotation": (
        lambda: symmetric(RotationPeriodInDays=90),
        "UnsupportedOperationException",
        lambda request: {**request, "KeyId": mac()["KeyId"]},
    ),
    "Encapsulate": (encapsulation, "InvalidKeyUsageException", other_key),
    "Encrypt": (lambda: symmetric(Plaintext=b"p"), "DryRunOperationException", but(DryRun=True)),
    "GenerateDataKey": (lambda: symmetric(KeySpec="AES_256"), "DisabledException", disabled),
    "GenerateDataKeyPair": (
        lambda: symmetric(KeyPairSpec="ECC_NIST_EDWARDS25519"),
        "InvalidGrantTokenException",
        but(GrantTokens=["none"]),
    ),
    "GenerateDataKeyPairWithoutPlaintext": (
        lambda: symmetric(KeyPairSpec="ECC_NIST_P384"),
        "KMSInvalidStateException",
        scheduled,
    ),
    "GenerateDataKeyWithoutPlaintext": (
        lambda: symmetric(NumberOfBytes=64),
        "NotFoundException",
        but(**missing),
    ),
    "GenerateMac": (mac, "InvalidKeyUsageException", other_key),
    "GenerateRandom": (
        lambda: {"NumberOfBytes": 16},
        "CustomKeyStoreNotFoundException",
        but(**no_store),
    ),
    "GetKeyLastUsage": (symmetric, "InvalidArnException", but(**broken)),
    "GetKeyPolicy": (symmetric, "NotFoundException", but(PolicyName="other")),
    "GetKeyRotationStatus": (symmetric, "NotFoundException", but(**missing)),
    "GetParametersForImport": (
        lambda: {
            "KeyId": key(Origin="EXTERNAL"),
            "WrappingAlgorithm": "RSAES_OAEP_SHA_1",
            "WrappingKeySpec": "RSA_2048",
        },
        "UnsupportedOperationException",
        other_key,
    ),
    "GetPublicKey": (lambda: {"KeyId": signing()["KeyId"]}, "UnsupportedOperationException", other_key),
    "ImportKeyMaterial": (
        lambda: import_of(os.urandom(32)),
        "InvalidImportTokenException",
        last_byte_changed("ImportToken"),
    ),
    "ListAliases": (lambda: {"KeyId": alias()["TargetKeyId"]}, "InvalidMarkerException", but(Marker="none")),
    "ListGrants": (granted, "InvalidGrantIdException", but(GrantId="none")),
    "ListKeyPolicies": (symmetric, "InvalidArnException", but(**broken)),
    "ListKeyRotations": (
        lambda: symmetric(IncludeKeyMaterial="ALL_KEY_MATERIAL"),
        "InvalidMarkerException",
        but(Marker="none"),
    ),
    "ListKeys": (lambda: {"Limit": 1}, "InvalidMarkerException", but(Marker="none")),
    "ListResourceTags": (symmetric, "InvalidMarkerException", but(Marker="none")),
    "ListRetirableGrants": (
        lambda: {"RetiringPrincipal": "arn:aws:iam::111122223333:root"},
        "InvalidMarkerException",
        but(Marker="none"),
    ),
    "PutKeyPolicy": (
        lambda: (made := symmetric()) and {**made, "Policy": kms.get_key_policy(**made)["Policy"]},
        "MalformedPolicyDocumentException",
        but(Policy="{}"),
    ),
    "ReEncrypt": (re_encrypted, "InvalidCiphertextException", last_byte_changed("CiphertextBlob")),
    "ReplicateKey": (
        lambda: {**primary(), "ReplicaRegion": "us-west-2"},
        "UnsupportedOperationException",
        other_key,
    ),
    "RetireGrant": (granted, "InvalidGrantIdException", but(GrantId="none")),
    "RevokeGrant": (granted, "DryRunOperationException", but(DryRun=True)),
    "RotateKeyOnDemand": (symmetric, "DisabledException", disabled),
    "ScheduleKeyDeletion": (symmetric, "KMSInvalidStateException", scheduled),
    "Sign": (signing, "InvalidKeyUsageException", but(SigningAlgorithm="RSASSA_PSS_SHA_256")),
    "TagResource": (
        lambda: symmetric(Tags=[{"TagKey": "a", "TagValue": "1"}]),
        "TagException",
        but(Tags=[{"TagKey": "aws:a", "TagValue": "1"}]),
    ),
    "UntagResource": (lambda: symmetric(TagKeys=["a"]), "KMSInvalidStateException", scheduled),
    "UpdateAlias": (
        lambda: {**alias(), "TargetKeyId": key()},
        "NotFoundException",
        but(AliasName="alias/none"),
    ),
    "UpdateCustomKeyStore": (
        lambda: {**stored(), "NewCustomKeyStoreName": str(uuid.uuid4())},
        "CustomKeyStoreNotFoundException",
        but(**no_store),
    ),
    "UpdateKeyDescription": (lambda: symmetric(Description="d"), "NotFoundException", but(**missing)),
    "UpdatePrimaryRegion": (
        lambda: {**replicated(), "PrimaryRegion": "us-west-2"},
        "UnsupportedOperationException",
        other_key,
    ),
    "Verify": (
        lambda: (made := signing()) and {**made, "Signature": kms.sign(**made)["Signature"]},
        "KMSInvalidSignatureException",
        but(Message=b"other"),
    ),
    "VerifyMac": (
        lambda: (made := mac()) and {**made, "Mac": kms.generate_mac(**made)["Mac"]},
        "KMSInvalidMacException",
        but(Message=b"other"),
    ),
}


def call(operation, request):
    return getattr(kms, botocore.xform_name(operation))(**request)


def succeed(operation, make):
    answer = call(operation, make())
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200, answer


def fail(operation, code, request):
    try:
        call(operation, request)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, error.response
        assert type(error) is getattr(kms.exceptions, code), f"{code} is not in the model"
        return
    raise AssertionError(f"{operation} did not fail with {code}")


def main():
    wrong = []
    for operation, (make, code, change) in rows.items():
        try:
            succeed(operation, make)
            fail(operation, code, change(make()))
            print(f"called {operation}: success, {code}")
        except Exception as error:  # every other operation is to be tried, too
            wrong.append(f"{operation}: {error!r}")
    never = sorted(set(settings["operations"]) - set(rows))
    print("\n".join([*wrong, *(f"never called: {each}" for each in never)]))
    if not wrong and not never:
        print(f"boto3 {boto3.__version__} on Python {sys.version.split()[0]}: all {len(rows)} operations")


main()
