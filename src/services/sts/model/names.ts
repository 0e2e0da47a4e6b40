/** The ARN of a role's session. */
export function sessionArn(
  { account, name }: { readonly account: string; readonly name: string },
  session: string,
): string {
  return `arn:aws:sts::${account}:assumed-role/${name}/${session}`;
}

/** The ARN of a federated user. */
export function federatedUserArn(account: string, name: string): string {
  return `arn:aws:sts::${account}:federated-user/${name}`;
}
