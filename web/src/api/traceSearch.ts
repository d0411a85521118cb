/** What a link to the list of traces takes when nothing is chosen. */

import type { ListSearch } from "./listSearch";

export const DEFAULT_SEARCH: ListSearch = {};
