/** Why an attestation document is refused: a clause that the caller may read. Never leaves this folder. */
export class AttestationFault extends Error {
  override readonly name = "AttestationFault";
}
