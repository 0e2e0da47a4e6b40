/** Where somebody wants files delivered in the name of a resource of an account. */
export interface DeliveryTarget {
  readonly account: string;
  readonly region: string;
  readonly bucket: string;
  /** Key of an object that will be written. */
  readonly object: string;
  /** Host name of the service that delivers. */
  readonly service: string;
  /** ARN of the resource for which it does. */
  readonly source: string;
}

/** What those who deliver files ask, before they promise to, of those who keep buckets and keys. */
export interface DeliveryTargets {
  /** Whether there is such a bucket, and its policy lets the service write there. */
  bucket(target: DeliveryTarget): Promise<"ready" | "missing" | "refused">;
  /** The ARN of a key by any of its identifiers, if the key lets the service encrypt with it. */
  key(
    keyId: string,
    target: DeliveryTarget,
  ): Promise<{ readonly arn: string } | "missing" | "refused">;
}
