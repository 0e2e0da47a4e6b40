import { cutPage, readMarker } from "../../api/paging.ts";
import type { Entities } from "./model/identity.ts";
import type { PageEnd, PageRequest } from "./model/paging.ts";
import { endOf, invalidMarker, usualSize } from "./model/paging.ts";
import type { IdentityTables } from "./tables/identities.ts";

interface PathRequest extends PageRequest {
  readonly PathPrefix?: string | undefined;
}

type Listed = "user" | "group" | "role";

/**
 * A page of what an account has of a kind under a path, in the order of names. No more is read than the page holds, however many
 * there are, but where most are under other paths. Throws ValidationError for a marker of another listing.
 */
export async function pageUnderPath<K extends Listed>(
  identities: IdentityTables,
  {
    kind,
    account,
    operation,
  }: { readonly kind: K; readonly account: string; readonly operation: string },
  { PathPrefix = "/", Marker, MaxItems: size = usualSize }: PathRequest,
): Promise<{ readonly entries: readonly Entities[K][]; readonly page: PageEnd }> {
  const listing = `${operation} ${PathPrefix}`;
  const most = size + 1;
  const found: Entities[K][] = [];
  let after: string | undefined = readMarker(Marker, listing, invalidMarker) ?? "";
  while (after !== undefined && found.length < most) {
    const read: readonly Entities[K][] = await identities.list(kind, account, { after, most });
    found.push(...read.filter(({ path }) => path.startsWith(PathPrefix)));
    after = read.length < most ? undefined : read.at(-1)?.name;
  }
  const { entries, next } = cutPage(found, size, listing, ({ name }) => name);
  return { entries, page: endOf(next) };
}
