import type { Outcome } from "../../../api/operation.ts";
import { noChange } from "../../../database/commit.ts";
import type { CustomKeyStore, StoreList } from "../model/custom-key-store.ts";
import type { KmsTools } from "../operation.ts";
import { replaceStores } from "../tables/custom-key-stores.ts";
import { domainOf, withStore } from "./find-store.ts";

/** The change of what a store's owner wants of its connection; what is wanted already stays as it is. */
export async function wantStore(
  list: StoreList,
  store: CustomKeyStore,
  wanted: CustomKeyStore["wanted"],
  tools: KmsTools,
): Promise<Required<Pick<Outcome<unknown>, "change" | "relied">>> {
  const relied = [list.version];
  if (store.wanted === wanted) return { change: noChange, relied };
  const domain = await domainOf(list, tools);
  return { change: replaceStores(list, withStore(list, { ...store, wanted }), domain), relied };
}
