import type { Provocation } from "./every-operation-lab.ts";

export const underStoreKey: Provocation = () => {
  throw new Error("no stores yet");
};
