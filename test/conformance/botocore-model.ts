import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as sdk from "@aws-sdk/client-kms";
import { documentedErrors, operationNames, resolve, structureOf } from "./sdk-model.ts";

/**
 * AWS's newest model of KMS in the form that botocore reads, made from the SDK for JavaScript: so that any boto3, however
 * old, calls every operation.
 */

const exported: Readonly<Record<string, unknown>> = sdk;
const scalars: Readonly<Record<number, string>> = {
  0: "string",
  1: "integer",
  2: "boolean",
  4: "timestamp",
  21: "blob",
};
const listOf = 64;
const mapOf = 128;
const structure = 3;
const errorStructure = -3;
const listShape = 1;
const apiVersion = "2014-11-01";

type Shape = Readonly<Record<string, unknown>>;

/** Gathers the shapes that the operations refer to. */
class Shapes {
  readonly byName: Record<string, Shape> = {};

  /** The name of a type's shape. */
  of(reference: unknown): string {
    const type = resolve(reference);
    if (typeof type === "number") return this.#simple(type);
    if (!Array.isArray(type)) throw new TypeError(`unknown type ${String(type)}`);
    const [kind, namespace, name, , inner] = type as unknown as readonly [
      unknown,
      unknown,
      string,
      unknown,
      unknown,
    ];
    // A member's type beside its traits.
    if (typeof namespace !== "string") return this.of(kind);
    if (kind === structure || kind === errorStructure) return this.#structure(type);
    if (kind === listShape)
      return this.#add(name, () => ({ type: "list", member: ref(this.of(inner)) }));
    if (kind === 0) return this.of(inner);
    throw new TypeError(`unknown kind of type ${String(kind)}`);
  }

  #simple(type: number): string {
    if (type >= mapOf) {
      const shape = this.of(type - mapOf);
      return this.#add(`MapOf${shape}`, () => ({
        type: "map",
        key: ref(this.of(0)),
        value: ref(shape),
      }));
    }
    if (type >= listOf) {
      const shape = this.of(type - listOf);
      return this.#add(`ListOf${shape}`, () => ({ type: "list", member: ref(shape) }));
    }
    const scalar = scalars[type];
    if (scalar === undefined) throw new TypeError(`unknown type ${type}`);
    return this.#add(`Some${scalar}`, () => ({ type: scalar }));
  }

  #structure(type: unknown): string {
    const { name, members, types, required } = structureOf(type);
    return this.#add(name, () => ({
      type: "structure",
      ...(required.length === 0 ? {} : { required }),
      members: Object.fromEntries(
        members.map((member, index) => [member, ref(this.of(types[index]))]),
      ),
      ...(name.endsWith("Exception") ? { exception: true } : {}),
    }));
  }

  #add(name: string, make: () => Shape): string {
    if (!(name in this.byName)) {
      this.byName[name] = {};
      this.byName[name] = make();
    }
    return name;
  }
}

function ref(shape: string): Shape {
  return { shape };
}

/** The model, as botocore keeps it in `service-2.json`. */
function botocoreModel(): object {
  const shapes = new Shapes();
  const operations = operationNames.map((name) => {
    const [, , , , input, output] = exported[`${name}$`] as readonly unknown[];
    return {
      name,
      http: { method: "POST", requestUri: "/" },
      input: ref(shapes.of(input)),
      ...(Array.isArray(resolve(output)) ? { output: ref(shapes.of(output)) } : {}),
      errors: documentedErrors(name).map((error) => ref(shapes.of(exported[`${error}$`]))),
    };
  });
  return {
    version: "2.0",
    metadata: {
      apiVersion,
      endpointPrefix: "kms",
      jsonVersion: "1.1",
      protocol: "json",
      protocols: ["json"],
      serviceAbbreviation: "KMS",
      serviceFullName: "AWS Key Management Service",
      serviceId: "KMS",
      signatureVersion: "v4",
      targetPrefix: "TrentService",
      uid: `kms-${apiVersion}`,
    },
    operations: Object.fromEntries(operations.map((each) => [each.name, each])),
    shapes: shapes.byName,
  };
}

/** Writes the model into a folder that botocore searches. */
export function writeBotocoreModel(folder: string): void {
  const version = join(folder, "kms", apiVersion);
  mkdirSync(version, { recursive: true });
  writeFileSync(join(version, "service-2.json"), JSON.stringify(botocoreModel()));
}
