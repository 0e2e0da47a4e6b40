import { decode, Tokenizer, Type } from "cborg";
import { AttestationFault } from "./fault.ts";

/** Types that attestation documents are made of: neither tags nor floats, so that no key has two encodings. */
const types = [
  Type.uint,
  Type.negint,
  Type.bytes,
  Type.string,
  Type.array,
  Type.map,
  Type.null,
  Type.break,
];

/** Arrays and maps in the largest item, a payload: itself, its registers, its certificates. It bounds the depth. */
const maximumContainers = 3;

const options = {
  strict: true,
  useMaps: true,
  rejectDuplicateMapKeys: true,
  allowUndefined: false,
  allowBigInt: false,
};

/**
 * Decodes one CBOR item (RFC 8949): shortest lengths, unique keys, well-formed to the last byte; maps become Maps. Maps of
 * indefinite length are read, because newer Nitro hypervisors write them. Throws AttestationFault.
 */
export function decodeCbor(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, { ...options, tokenizer: new BoundedTokenizer(bytes) });
  } catch (cause) {
    throw new AttestationFault("it is not well-formed CBOR", { cause });
  }
}

class BoundedTokenizer extends Tokenizer {
  #containers = 0;

  constructor(bytes: Uint8Array) {
    super(bytes, options);
  }

  override next(): ReturnType<Tokenizer["next"]> {
    const token = super.next();
    if (!types.some((type) => Type.equals(type, token.type))) throw new TypeError("wrong type");
    if (Type.equals(token.type, Type.array) || Type.equals(token.type, Type.map))
      this.#containers++;
    if (this.#containers > maximumContainers) throw new RangeError("too many arrays and maps");
    return token;
  }
}
