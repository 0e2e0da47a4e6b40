import type { Who } from "../support/sdk.ts";

/** A call that changes nothing. */
export interface Question {
  readonly who: Who;
  readonly operation: string;
  readonly input: object;
}

/** What a version answered when it wrote its data. */
export interface AnsweredQuestion extends Question {
  readonly status: number;
  readonly answer: object;
}

/** Beside a data folder: when it was left, in epoch milliseconds, and what was known of it. */
export interface WrittenData {
  readonly at: number;
  readonly questions: readonly AnsweredQuestion[];
}

export const questionsFile = "questions.json";
