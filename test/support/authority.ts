import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate and its key, PEM, and the files that hold them. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** A certificate authority of a test. */
export interface Authority {
  readonly certificate: string;
  readonly certificateFile: string;
  /** Issues a certificate for a host's names, or for a client of that name. */
  issue(name: string, ...others: readonly string[]): Issued;
  remove(): void;
}

/** Makes an authority with the `openssl` command. */
export function makeAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), "keywright-authority-"));
  const path = (name: string): string => join(folder, name);
  const openssl = (...given: readonly string[]): void => {
    execFileSync("openssl", given, { stdio: ["ignore", "ignore", "pipe"] });
  };
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const root = ["-keyout", path("ca.key"), "-out", path("ca.pem")];
  openssl("req", "-x509", ...newKey, ...root, "-days", "2", "-subj", "/CN=test authority");
  let issued = 0;
  return {
    certificate: readFileSync(path("ca.pem"), "utf8"),
    certificateFile: path("ca.pem"),
    issue(name, ...others) {
      const [key, request, certificate, extensions] = ["key", "csr", "pem", "ext"].map((ending) =>
        path(`${issued}.${ending}`),
      ) as [string, string, string, string];
      issued++;
      const alternatives = [name, ...others].map((each) => `DNS:${each}`).join(",");
      writeFileSync(extensions, `subjectAltName=${alternatives}\n`);
      openssl("req", "-new", ...newKey, "-keyout", key, "-out", request, "-subj", `/CN=${name}`);
      const signer = ["-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-CAcreateserial"];
      const made = ["-in", request, "-out", certificate, "-extfile", extensions, "-days", "2"];
      openssl("x509", "-req", ...made, ...signer);
      return {
        certificate: readFileSync(certificate, "utf8"),
        key: readFileSync(key, "utf8"),
        certificateFile: certificate,
        keyFile: key,
      };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
