/** SQL text with its parameters kept apart. Only this tag makes one, so text never holds a value. */
export interface Sql {
  readonly chunks: readonly string[];
  readonly values: readonly SqlValue[];
}

export type SqlValue = string | number | bigint | Uint8Array | null;

export function sql(chunks: TemplateStringsArray, ...values: readonly (SqlValue | Sql)[]): Sql {
  const text: string[] = [chunks[0] ?? ""];
  const bound: SqlValue[] = [];
  values.forEach((value, index) => {
    const next = chunks[index + 1] ?? "";
    if (isSql(value)) {
      text[text.length - 1] += value.chunks[0] ?? "";
      text.push(...value.chunks.slice(1));
      text[text.length - 1] += next;
      bound.push(...value.values);
    } else {
      text.push(next);
      bound.push(value);
    }
  });
  return { chunks: text, values: bound };
}

function isSql(value: SqlValue | Sql): value is Sql {
  return typeof value === "object" && value !== null && "chunks" in value;
}

/** A table or column name of our own as SQL text; anything but lower-case words with underscores is refused. */
export function name(identifier: string): Sql {
  if (!/^[a-z][a-z_0-9]*$/.test(identifier))
    throw new TypeError(`not a column or table name: ${identifier}`);
  return { chunks: [identifier], values: [] };
}

/** Joins pieces of SQL with a separator such as `, ` or ` AND `. */
export function join(pieces: readonly Sql[], separator: ", " | " AND "): Sql {
  return pieces.reduce((all, piece, index) =>
    index === 0 ? piece : { ...concat(concat(all, separator), piece) },
  );
}

function concat(left: Sql, right: Sql | string): Sql {
  const piece: Sql = typeof right === "string" ? { chunks: [right], values: [] } : right;
  const last = left.chunks.length - 1;
  return {
    chunks: [
      ...left.chunks.slice(0, last),
      (left.chunks[last] ?? "") + (piece.chunks[0] ?? ""),
      ...piece.chunks.slice(1),
    ],
    values: [...left.values, ...piece.values],
  };
}
