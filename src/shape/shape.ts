/**
 * A small language for request and response shapes. A shape is plain data, so one definition serves
 * the validator, the type checker, the audit projection, the documentation and the console.
 */

import type { ByteStream } from "../base/bytes.ts";

/** Carries the TypeScript type of the values a shape admits; never present at run time. */
declare const type: unique symbol;

export type Constraint =
  | {
      readonly kind: "string";
      readonly min?: number;
      readonly max?: number;
      readonly pattern?: RegExp;
    }
  | { readonly kind: "blob"; readonly min?: number; readonly max?: number }
  | { readonly kind: "integer"; readonly min?: number; readonly max?: number }
  | { readonly kind: "timestamp" }
  | { readonly kind: "boolean" }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "list"; readonly of: Shape; readonly min?: number; readonly max?: number }
  /** `bytes` bounds the UTF-8 length of all names and values together. */
  | { readonly kind: "map"; readonly value: Shape; readonly bytes?: number }
  | { readonly kind: "structure"; readonly members: Members };

/** Where REST protocols put a member; one without a place is an element of the XML body. */
export type Place =
  /** In the path, the header or the query string. */
  | { readonly in: "path" | "header" | "query"; readonly name: string }
  /** The pairs of a map, each in a header of its own behind this prefix. */
  | { readonly in: "headers"; readonly prefix: string }
  /** The whole body as it is: text, bytes, or in an answer a stream of bytes. */
  | { readonly in: "payload" }
  /** The status of an answer. */
  | { readonly in: "status" }
  /** Of a list in XML: what each element is called inside one that has the member's name. Other lists repeat that name. */
  | { readonly in: "elements"; readonly name: string };

export type Shape<T = unknown> = Constraint & {
  readonly required?: boolean;
  readonly sensitive?: boolean;
  readonly place?: Place;
  readonly [type]?: T;
};

export type Members = Readonly<Record<string, Shape>>;
type Simplify<T> = { [K in keyof T]: T[K] } & {};
export type ValueOf<S> = S extends { readonly [type]?: infer T } ? T : never;
type NamesOf<M, Mark> = { [N in keyof M]: M[N] extends Mark ? N : never }[keyof M];

type StructureValue<M> = Simplify<
  { readonly [N in NamesOf<M, { required: true }>]: ValueOf<M[N]> } & {
    readonly [N in Exclude<keyof M, NamesOf<M, { required: true }>>]?: ValueOf<M[N]> | undefined;
  }
>;

export type StructureShape<T = unknown, Secret = unknown> = Shape<T> & {
  readonly kind: "structure";
  readonly members: Members;
  readonly secret?: Secret;
};

interface Limits {
  readonly min?: number;
  readonly max?: number;
}

export const string = (limits: Limits & { readonly pattern?: RegExp } = {}): Shape<string> => ({
  kind: "string",
  ...limits,
});
export const blob = (limits: Limits = {}): Shape<Uint8Array> => ({ kind: "blob", ...limits });
export const integer = (limits: Limits = {}): Shape<number> => ({ kind: "integer", ...limits });
export const timestamp: Shape<Date> = { kind: "timestamp" };
export const boolean: Shape<boolean> = { kind: "boolean" };
export const oneOf = <const V extends readonly string[]>(...values: V): Shape<V[number]> => ({
  kind: "enum",
  values,
});
export const list = <T>(of: Shape<T>, limits: Limits = {}): Shape<readonly T[]> => ({
  kind: "list",
  of,
  ...limits,
});
export const map = <T>(
  value: Shape<T>,
  limits: { readonly bytes?: number } = {},
): Shape<Readonly<Record<string, T>>> => ({ kind: "map", value, ...limits });
export const required = <S extends Shape>(shape: S): S & { readonly required: true } => ({
  ...shape,
  required: true,
});
export const sensitive = <S extends Shape>(shape: S): S & { readonly sensitive: true } => ({
  ...shape,
  sensitive: true,
});
export const structure = <const M extends Members>(
  members: M,
): StructureShape<StructureValue<M>, NamesOf<M, { sensitive: true }>> => ({
  kind: "structure",
  members,
});
/** Gives a member its place in REST protocols. */
export const placed = <S extends Shape>(place: Place, shape: S): S => ({ ...shape, place });
/** Bytes that go out one after the other. */
export const stream: Shape<ByteStream> = { kind: "blob", place: { in: "payload" } };
/** A list whose elements stand in XML by a name of their own inside the member's. */
export const elements = <T>(name: string, of: Shape<T>): Shape<readonly T[]> =>
  placed({ in: "elements", name }, list(of));
