import type { TokenFault } from "./protocol.ts";

/** A token that cannot be used or did not do what was asked; the message is for operators, never for clients. */
export class TokenError extends Error {
  override readonly name = "TokenError";
  readonly fault: TokenFault;
  /** The token will not answer any more: it has to be opened anew. */
  readonly lost: boolean;

  constructor(
    message: string,
    options: ErrorOptions & { readonly fault?: TokenFault; readonly lost?: boolean } = {},
  ) {
    super(message, options);
    this.fault = options.fault ?? "INTERNAL_ERROR";
    this.lost = options.lost ?? false;
  }
}
