/** What other services may ask about identities when a document names them. */
export interface Principals {
  /** Whether an account id, or the ARN of an account's root or of a user, names something that exists. */
  exists(principal: string): Promise<boolean>;
}
