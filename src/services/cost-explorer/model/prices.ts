/** What is paid for, by its name in the file of prices. */
export const rateNames = [
  "keyMonth",
  "rotationMonth",
  "requests",
  "rsa2048Requests",
  "asymmetricRequests",
  "eccKeyPairs",
  "rsaKeyPairs",
] as const;
export type RateName = (typeof rateNames)[number];

/** Prices in 10^-18 dollars: of a key for a month, and of one request. */
export type Rates = Readonly<Record<RateName, bigint>>;

/** Prices from a day on. */
export interface PriceList {
  /** Seconds since 1970. */
  readonly from: number;
  /** Requests that each account has free in each month. */
  readonly freeRequests: number;
  readonly rates: Rates;
  /** Regions that have prices of their own. */
  readonly regions: Readonly<Record<string, Partial<Rates>>>;
}

/** All prices, oldest first; there is at least one list. */
export type Prices = readonly [PriceList, ...PriceList[]];

/** The prices at a time, in seconds since 1970. Before all lists the oldest holds. */
export function pricesAt([oldest, ...later]: Prices, time: number): PriceList {
  return later.findLast(({ from }) => from <= time) ?? oldest;
}

/** A price in a region. */
export function rateIn({ rates, regions }: PriceList, region: string, name: RateName): bigint {
  const own = Object.hasOwn(regions, region) ? regions[region]?.[name] : undefined;
  return own ?? rates[name];
}
