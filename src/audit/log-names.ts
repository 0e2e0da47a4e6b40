import { tilePath, tileWidth } from "./tiles.ts";

/** Which tile or bundle a file of a log is. */
export interface TileName {
  readonly level: number | "entries";
  readonly index: number;
  readonly width: number;
}

const tileName = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/;

/** Reads the name of a tile or a bundle; undefined for any other name, and for another spelling of one. */
export function parseTilePath(name: string): TileName | undefined {
  const [, level = "", index = "", width = String(tileWidth)] = tileName.exec(name) ?? [];
  const parsed: TileName = {
    level: level === "entries" ? level : Number(level),
    index: Number(index.replaceAll(/\D/g, "")),
    width: Number(width),
  };
  return pathOf(parsed) === name ? parsed : undefined;
}

/** The name of a tile or a bundle. */
export function pathOf({ level, index, width }: TileName): string {
  return tilePath(level, index, width);
}

/** How wide a tile or a bundle is in a log of a size; 0 where there is none. */
export function widthAt(level: number | "entries", index: number, size: number): number {
  const hashes = level === "entries" ? size : Math.floor(size / tileWidth ** level);
  return Math.min(Math.max(hashes - index * tileWidth, 0), tileWidth);
}

/** The partial tiles of a log of a size, from the lowest level on. */
export function partialTiles(size: number): readonly TileName[] {
  const tiles: TileName[] = [];
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / tileWidth))
    if (hashes % tileWidth > 0)
      tiles.push({ level, index: Math.floor(hashes / tileWidth), width: hashes % tileWidth });
  return tiles;
}
