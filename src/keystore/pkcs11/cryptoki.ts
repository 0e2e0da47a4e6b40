import { koffi } from "../../crypto/koffi.ts";
import { returnValues } from "./return-values.ts";
import type { Structure } from "./structures.ts";
import { wordLength } from "./structures.ts";
import { TokenError } from "./token-error.ts";

/**
 * The functions that we use: the place of each in CK_FUNCTION_LIST (PKCS#11 2.40, the same since 2.01), and what it
 * takes: `n` an unsigned long, `p` a pointer, `b` a byte.
 */
const functions = {
  C_Initialize: [0, "p"],
  C_Finalize: [1, "p"],
  C_GetSlotList: [4, "bpp"],
  C_GetTokenInfo: [6, "np"],
  C_OpenSession: [12, "nnppp"],
  C_CloseSession: [13, "n"],
  C_Login: [18, "nnpn"],
  C_DestroyObject: [22, "nn"],
  C_FindObjectsInit: [26, "npn"],
  C_FindObjects: [27, "npnp"],
  C_FindObjectsFinal: [28, "n"],
  C_EncryptInit: [29, "npn"],
  C_Encrypt: [30, "npnpp"],
  C_DecryptInit: [33, "npn"],
  C_Decrypt: [34, "npnpp"],
  C_SignInit: [42, "npn"],
  C_Sign: [43, "npnpp"],
  C_GenerateKey: [58, "nppnp"],
  C_GenerateRandom: [64, "npn"],
} as const satisfies Readonly<Record<string, readonly [place: number, takes: string]>>;

export type FunctionName = keyof typeof functions;
/** Numbers are passed as they are, memory as a pointer to it. */
export type Argument = number | bigint | Uint8Array | Structure | null;

/** A loaded module. Calls run in threads, so nothing here waits for the device. Throws TokenError unless CKR_OK returns. */
export type Cryptoki = (name: FunctionName, ...given: readonly Argument[]) => Promise<void>;

/** A function of the module that did not return CKR_OK. */
export class CryptokiError extends TokenError {
  readonly function: FunctionName;
  readonly value: number;

  constructor(name: FunctionName, value: number) {
    const meaning = returnValues[value];
    const said = meaning?.name ?? `0x${value.toString(16)}`;
    super(`${name} of the PKCS#11 module returned ${said}`, meaning);
    this.function = name;
    this.value = value;
  }
}

/** INVARIANT: a library stays in here for good. One that the collector frees is unloaded, under whoever still calls it. */
const loaded = new Set<ReturnType<typeof koffi.load>>();

interface NativeFunction {
  async(...given: readonly unknown[]): void;
}

/** Loads a module; initializes nothing. Throws TokenError. */
export function loadCryptoki(path: string): Cryptoki {
  requireKnownLayout();
  const bound = bindFunctions(path, functionList(path));
  // INVARIANT: memory that a thread may use is in here while it does; the collector would free it otherwise.
  const lent = new Set<readonly Argument[]>();
  return (name, ...given) =>
    new Promise((resolve, reject) => {
      lent.add(given);
      bound[name].async(...given.map(asPassed), (error: unknown, value: number) => {
        lent.delete(given);
        if (error) reject(error);
        else if (value === 0) resolve();
        else reject(new CryptokiError(name, value));
      });
    });
}

/** Structures are laid out for LP64 and little-endian memory; Windows packs them otherwise. */
function requireKnownLayout(): void {
  if (koffi.sizeof("unsigned long") === wordLength && koffi.sizeof("void *") === wordLength) return;
  throw new TokenError("PKCS#11 modules are supported on 64-bit Unix only");
}

function functionList(path: string): bigint {
  try {
    // Deep: a module that brings another OpenSSL must not be given the symbols of the one in node.
    const library = koffi.load(path, { deep: true });
    loaded.add(library);
    const getFunctionList = library.func("C_GetFunctionList", "unsigned long", ["void *"]);
    const pointer = Buffer.alloc(wordLength);
    const value: unknown = getFunctionList(pointer);
    const list = pointer.readBigUInt64LE();
    if (value === 0 && list !== 0n) return list;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TokenError(`cannot load the PKCS#11 module ${path}: ${reason}`, { cause });
  }
  throw new TokenError(`${path} is no PKCS#11 module`);
}

function bindFunctions(path: string, list: bigint): Readonly<Record<FunctionName, NativeFunction>> {
  const types: Readonly<Record<string, string>> = { n: "unsigned long", p: "void *", b: "uint8_t" };
  const bound: Record<string, NativeFunction> = {};
  for (const [name, [place, takes]] of Object.entries(functions)) {
    // The list begins with a version of two bytes, padded to a word.
    const pointer: unknown = koffi.decode(list, (place + 1) * wordLength, "void *");
    if (pointer === null) throw new TokenError(`${path} has no ${name}`);
    const prototype = koffi.proto(
      "unsigned long",
      [...takes].map((letter) => types[letter] ?? ""),
    );
    bound[name] = koffi.decode(pointer, prototype) as NativeFunction;
  }
  // Every name of the table was bound above.
  return bound as Record<FunctionName, NativeFunction>;
}

function asPassed(argument: Argument): unknown {
  return typeof argument === "object" && argument !== null && "bytes" in argument
    ? argument.bytes
    : argument;
}
