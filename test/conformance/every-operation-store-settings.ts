import type { Lab, Provocation, Request, Row } from "./every-operation-lab.ts";
import { reasons } from "./every-operation-lab.ts";
import {
  clusterReasons,
  inWrongState,
  noSuchStore,
  ofConnectedHsm,
  stored,
} from "./every-operation-store-support.ts";
import type { Members } from "./sdk-model.ts";

/** Rows of the operations that say where a custom key store is. */

const another = { CustomKeyStoreName: "another" };
const otherPath = { XksProxyUriPath: "/other/kms/xks/v1" };
const external = ({ backends }: Lab): Members => backends.external;
const hidden = ({ backends }: Lab): Members => backends.hidden;
const hsm = ({ backends }: Lab): Members => backends.hsm;

/** The request with changes, beside stores that are there already. */
const beside =
  (
    there: readonly ((lab: Lab) => Members)[],
    input: (lab: Lab) => Members | Promise<Members>,
  ): Provocation =>
  async (lab) => {
    for (const make of there) await stored(lab, make(lab));
    return { input: await input(lab) };
  };

/** The same request to a proxy that fails so. */
const failing =
  (errorName: string, status: number): Provocation =>
  async (lab, request) => {
    const input = await request(lab);
    lab.backends.proxy.fault = { kind: "error", errorName, status };
    return { input };
  };

/** Errors of proxies; those of VPC endpoint services cannot occur. */
const proxyErrors = {
  XksProxyIncorrectAuthenticationCredentialException: failing("AuthenticationFailedException", 401),
  XksProxyInvalidConfigurationException: failing("InvalidUriPathException", 404),
  XksProxyInvalidResponseException: failing("InternalException", 500),
  XksProxyUriUnreachableException: failing("ThrottlingException", 429),
  XksProxyVpcEndpointServiceNotFoundException: reasons.noNetwork,
  XksProxyVpcEndpointServiceInvalidConfigurationException: reasons.noNetwork,
};

const tenStores: Provocation = async (lab) => {
  for (let index = 0; index < 10; index++)
    await stored(lab, {
      ...hidden(lab),
      CustomKeyStoreName: lab.name(),
      XksProxyUriEndpoint: `https://host-${index}.example.test`,
      XksProxyVpcEndpointServiceName: `com.amazonaws.vpce.us-east-1.vpce-svc-${index}`,
    });
  return { input: hsm(lab), says: /10 custom key stores/ };
};

/** Moves an external store to where it is: what is asked of the proxy is asked again. */
const moved: Request = async (lab) => ({
  ...(await stored(lab, external(lab))),
  XksProxyUriPath: "/kms/xks/v1",
});

/** A new store of the cluster, and what is to become of it. */
const hsmTo =
  (changes: (lab: Lab) => Members): ((lab: Lab) => Promise<Members>) =>
  async (lab) => ({ ...(await stored(lab, hsm(lab))), ...changes(lab) });

/** A new store over a proxy, and what is to become of it. */
const proxyTo =
  (make: (lab: Lab) => Members, changes: (lab: Lab) => Members) =>
  async (lab: Lab): Promise<Members> => ({ ...(await stored(lab, make(lab))), ...changes(lab) });

/** The endpoint that a request names. */
const endpointOf = ({ XksProxyUriEndpoint }: Members): Members => ({ XksProxyUriEndpoint });

/** The proxy that a request names, and how to be known to it. */
const proxyOf = ({ XksProxyUriEndpoint, XksProxyAuthenticationCredential }: Members): Members => ({
  XksProxyUriEndpoint,
  XksProxyAuthenticationCredential,
});

const thirdHidden = (lab: Lab): Members => ({
  ...hidden(lab),
  ...another,
  XksProxyUriEndpoint: "https://third.example.test",
  XksProxyVpcEndpointServiceName: "com.amazonaws.vpce.us-east-1.vpce-svc-0",
});

/** CreateCustomKeyStore and UpdateCustomKeyStore. */
export const storeSettingRows: readonly Row[] = [
  {
    operation: "CreateCustomKeyStore",
    alone: true,
    request: external,
    answers: ["CustomKeyStoreId"],
    errors: {
      CustomKeyStoreNameInUseException: beside([hsm], (lab) => ({
        ...external(lab),
        CustomKeyStoreName: "hsm",
      })),
      CloudHsmClusterInUseException: beside([hsm], (lab) => ({ ...hsm(lab), ...another })),
      CloudHsmClusterNotFoundException: beside([], (lab) => ({
        ...hsm(lab),
        CloudHsmClusterId: lab.backends.clusters.unknown,
      })),
      IncorrectTrustAnchorException: beside([], (lab) => ({
        ...hsm(lab),
        TrustAnchorCertificate: lab.backends.strange,
      })),
      LimitExceededException: tenStores,
      XksProxyUriInUseException: beside([external], (lab) => ({ ...external(lab), ...another })),
      XksProxyUriEndpointInUseException: beside([hidden], (lab) => ({
        ...external(lab),
        ...endpointOf(hidden(lab)),
        ...otherPath,
      })),
      XksProxyVpcEndpointServiceInUseException: beside([hidden], (lab) => ({
        ...thirdHidden(lab),
        XksProxyVpcEndpointServiceName: hidden(lab)["XksProxyVpcEndpointServiceName"],
      })),
      ...proxyErrors,
      ...clusterReasons,
    },
  },
  {
    operation: "UpdateCustomKeyStore",
    alone: true,
    request: moved,
    answers: [],
    errors: {
      CustomKeyStoreNotFoundException: noSuchStore,
      CustomKeyStoreNameInUseException: beside(
        [external],
        hsmTo(() => ({ NewCustomKeyStoreName: "external" })),
      ),
      CustomKeyStoreInvalidStateException: inWrongState(ofConnectedHsm, {
        KeyStorePassword: "another-1",
      }),
      CloudHsmClusterNotFoundException: beside(
        [],
        hsmTo(({ backends }) => ({ CloudHsmClusterId: backends.clusters.unknown })),
      ),
      CloudHsmClusterNotRelatedException: beside(
        [],
        hsmTo(({ backends }) => ({ CloudHsmClusterId: backends.clusters.unrelated })),
      ),
      XksProxyUriInUseException: beside(
        [external],
        proxyTo(
          (lab) => ({ ...external(lab), ...another, ...proxyOf(hidden(lab)) }),
          (lab) => endpointOf(external(lab)),
        ),
      ),
      XksProxyUriEndpointInUseException: beside(
        [hidden],
        proxyTo(external, (lab) => ({ ...endpointOf(hidden(lab)), ...otherPath })),
      ),
      XksProxyVpcEndpointServiceInUseException: beside(
        [hidden],
        proxyTo(thirdHidden, (lab) => ({
          XksProxyVpcEndpointServiceName: hidden(lab)["XksProxyVpcEndpointServiceName"],
        })),
      ),
      ...proxyErrors,
      ...clusterReasons,
    },
  },
];
