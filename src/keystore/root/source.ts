/** The kinds of root sources. A deployment has at most one of each, so the kind is also the name beside what it wrapped. */
export const rootSourceKinds = ["file", "passphrase", "shares", "token", "kms"] as const;
export type RootSourceKind = (typeof rootSourceKinds)[number];

/** Which root key it is; bound to what a source makes of it, so that no other can be put in its place. */
export interface RootKeyName {
  readonly deployment: string;
  readonly version: number;
}

/**
 * Something outside the database that can wrap and unwrap the root key, bound to its name. `unwrap` throws
 * IntegrityError when something else wrapped it; both throw OperatorError when the source cannot be used.
 */
export interface RootSource {
  readonly kind: RootSourceKind;
  wrap(name: RootKeyName, rootKey: Uint8Array): Promise<Buffer>;
  unwrap(name: RootKeyName, wrapped: Uint8Array): Promise<Buffer>;
  /** Forgets the secret, closes what was opened. */
  close(): Promise<void>;
}
