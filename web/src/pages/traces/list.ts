import type { ListSearch } from "../../api/listSearch";
import type { ReadFilter } from "../../filter/useFilter";

/** What every part of the list page works on. */
export interface ListProps {
  projectId: string;
  search: ListSearch;
  read: ReadFilter;
  onChange: (next: Partial<ListSearch>) => void;
}
