import { oneOf, required, sensitive, string, structure } from "../../../shape/shape.ts";

/** Members of the operations on custom key stores, with the limits of AWS's model (facts 10.2). */
export const customKeyStoreId = string({ min: 1, max: 64 });
export const customKeyStoreName = string({ min: 1, max: 256 });
export const customKeyStoreType = oneOf("AWS_CLOUDHSM", "EXTERNAL_KEY_STORE");
export const clusterId = string({ min: 19, max: 24, pattern: /cluster-[2-7a-zA-Z]{11,16}/ });
export const trustAnchorCertificate = string({ min: 1, max: 5000 });
export const keyStorePassword = sensitive(string({ min: 7, max: 32 }));
export const proxyConnectivity = oneOf("PUBLIC_ENDPOINT", "VPC_ENDPOINT_SERVICE");
export const proxyUriEndpoint = string({
  min: 10,
  max: 128,
  pattern: /^https:\/\/[a-zA-Z0-9.-]+$/,
});
export const proxyUriPath = string({
  min: 10,
  max: 128,
  pattern: /^(\/[a-zA-Z0-9/_-]+\/kms\/xks\/v\d{1,2})$|^(\/kms\/xks\/v\d{1,2})$/,
});
export const proxyVpcServiceName = string({
  min: 20,
  max: 64,
  pattern: /^(com|eu)\.amazonaws\.vpce\.([a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+$/,
});
export const proxyVpcServiceOwner = string({ min: 12, max: 12, pattern: /[0-9]{12}/ });
export const proxyCredential = sensitive(
  structure({
    AccessKeyId: required(sensitive(string({ min: 20, max: 30, pattern: /^[A-Z2-7]+$/ }))),
    RawSecretAccessKey: required(
      sensitive(string({ min: 43, max: 64, pattern: /^[a-zA-Z0-9/+=]+$/ })),
    ),
  }),
);
