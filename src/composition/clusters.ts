import { X509Certificate } from "node:crypto";
import { dirname, resolve } from "node:path";
import { OperatorError } from "../base/errors.ts";
import { digits, object, optional, readDocument, record, required, text } from "../cli/document.ts";
import { readOperatorFile } from "../config-file.ts";
import type { Cluster } from "../services/kms/custom-key-stores/backends.ts";

const path = text(/^.{1,4096}$/, "a path");

/** The form of the file that names tokens as clusters (docs/custom-key-stores.md). */
const form = record(
  /^cluster-[2-7a-zA-Z]{11,16}$/,
  "a cluster id: `cluster-` and 11 to 16 of the characters 2-7, a-z, A-Z",
  object({
    account: required(digits(12)),
    module: required(path),
    token: required(text(/^.{1,32}$/, "the label of a token, 1 to 32 characters")),
    certificate: required(path),
    user: optional(text(/^[^:\s]{1,64}$/, "a user's name"), undefined),
  }),
);

/** Reads the tokens that stores may name as clusters. Paths are relative to the file. Throws OperatorError. */
export function readClusters(file: string): readonly Cluster[] {
  const clusters = readDocument(readOperatorFile(file), file, form);
  return Object.entries(clusters).map(([clusterId, { account, module, token, ...rest }]) => ({
    clusterId,
    account,
    module: resolve(dirname(file), module),
    token,
    certificate: readCertificate(resolve(dirname(file), rest.certificate)),
    ...(rest.user === undefined ? {} : { user: rest.user }),
  }));
}

function readCertificate(file: string): X509Certificate {
  try {
    return new X509Certificate(readOperatorFile(file));
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause;
    throw new OperatorError(`${file}: there is no PEM certificate in it`, { cause });
  }
}
