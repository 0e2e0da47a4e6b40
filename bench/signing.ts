import { createHmac, hash, randomUUID } from "node:crypto";

/** Who signs, for which region and service, and to which host the request goes. */
export interface Signer {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly region: string;
  readonly host: string;
}

const userAgent =
  "Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython m/Z,N,b,D,e cfg/retry-mode#legacy Botocore/1.43.11";
const contentType = "application/x-amz-json-1.1";
const signedHeaders = "content-type;host;x-amz-date;x-amz-target";

/** Makes a function that writes signed requests as boto3 sends them: same headers, same order, same four signed. */
export function openSigner(signer: Signer, now: Date): (target: string, body: string) => Buffer {
  const time = now.toISOString().replaceAll(/[:-]|\.\d+/g, "");
  const scope = `${time.slice(0, 8)}/${signer.region}/kms/aws4_request`;
  const key = signingKey(signer.secret, scope);
  return (target, body) => {
    const canonical = `POST\n/\n\ncontent-type:${contentType}\nhost:${signer.host}\nx-amz-date:${time}\nx-amz-target:${target}\n\n${signedHeaders}\n${hash("sha256", body)}`;
    const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash("sha256", canonical)}`;
    const signature = createHmac("sha256", key).update(text).digest("hex");
    const authorization = `AWS4-HMAC-SHA256 Credential=${signer.accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
    return Buffer.from(
      `POST / HTTP/1.1\r\nHost: ${signer.host}\r\nAccept-Encoding: identity\r\nX-Amz-Target: ${target}\r\nContent-Type: ${contentType}\r\nUser-Agent: ${userAgent}\r\nX-Amz-Date: ${time}\r\nAuthorization: ${authorization}\r\namz-sdk-invocation-id: ${randomUUID()}\r\namz-sdk-request: attempt=1\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      "latin1",
    );
  };
}

function signingKey(secret: string, scope: string): Buffer {
  let key = Buffer.from(`AWS4${secret}`);
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  return key;
}
