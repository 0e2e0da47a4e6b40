import { parseArn } from "../base/arn.ts";
import type { KeyEvent } from "./usage.ts";

/** A time in which a customer managed key cost something, from its making until it is gone or waits to be. */
export interface KeyTime {
  readonly account: string;
  readonly region: string;
  /** ARN. */
  readonly key: string;
  readonly spec: string;
  /** Seconds since 1970. */
  readonly from: number;
  /** Undefined while it lasts. */
  readonly until: number | undefined;
  /** When the key, or a relative in another region, was rotated, oldest first: old material costs too. */
  readonly rotations: readonly number[];
  /** The tags that it has now, or had at its end. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The times in which keys cost something, from all that befell the keys of an account, oldest first. AWS asks nothing for a
 * key that waits for its deletion, and everything when the deletion is cancelled: so a cancelled one never happened.
 */
export function keyTimes(events: readonly KeyEvent[]): readonly KeyTime[] {
  const rotations = Map.groupBy(
    events.filter(({ event }) => event === "RotateKey"),
    relation,
  );
  return [...Map.groupBy(events, ({ key }) => key).values()].flatMap((own) => {
    const rotated = own[0] === undefined ? [] : (rotations.get(relation(own[0])) ?? []);
    return livesOf(own).map((life) => ({ ...life, rotations: rotated.map(({ time }) => time) }));
  });
}

/** Multi-Region keys that belong together share their id, and their material. */
function relation({ account, key }: KeyEvent): string {
  return `${account}:${parseArn(key)?.resource}`;
}

type Life = Omit<KeyTime, "rotations">;

/** The lives of one ARN: a replica may be made anew where one was deleted. */
function livesOf(events: readonly KeyEvent[]): readonly Life[] {
  const lives: Life[] = [];
  for (const each of events) {
    const life = lives.at(-1);
    if (each.event !== "CreateKey") {
      if (life !== undefined) lives[lives.length - 1] = next(life, each);
    } else if (life === undefined || life.until !== undefined) lives.push(begin(each));
  }
  return lives;
}

function begin({ account, key, spec, time, tags }: KeyEvent): Life {
  const region = parseArn(key)?.region ?? "";
  return { account, region, key, spec, from: time, until: undefined, tags };
}

function next(life: Life, { event, time, tags }: KeyEvent): Life {
  if (event === "ScheduleKeyDeletion") return { ...life, until: life.until ?? time };
  if (event === "CancelKeyDeletion") return { ...life, until: undefined };
  if (event === "DeleteKey") return { ...life, until: life.until ?? time };
  if (event === "TagResource") return { ...life, tags: { ...life.tags, ...tags } };
  if (event === "UntagResource") return { ...life, tags: without(life.tags, tags) };
  return life;
}

function without(tags: KeyEvent["tags"], gone: KeyEvent["tags"]): KeyEvent["tags"] {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !Object.hasOwn(gone, key)));
}
