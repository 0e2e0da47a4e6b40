/** The present moment. Passed in everywhere, so that windows, rotation and expiry are tested with a clock in hand. */
export type Clock = () => Date;

export const second = 1_000;
export const minute = 60 * second;
export const day = 24 * 60 * minute;
