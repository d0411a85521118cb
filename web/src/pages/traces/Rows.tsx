import { useCallback, useMemo, useState } from "react";
import { DEFAULT_SORT } from "../../api/listSearch";
import { Skeleton } from "../../components/Skeleton";
import { type Column, chosenColumns, ROW_PX } from "../../components/table/columns";
import { DataTable } from "../../components/table/DataTable";
import { ErrorNote } from "../../layout/PageError";
import type { ListProps } from "./list";
import { NothingHere } from "./NothingHere";
import { SelectionBar } from "./SelectionBar";

interface PagesQuery {
  data: unknown;
  error: Error | null;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isPlaceholderData: boolean;
  fetchNextPage: () => unknown;
  refetch: () => unknown;
}

interface RowsProps<Row> extends Omit<ListProps, "projectId"> {
  label: string;
  what: string;
  columns: Column<Row>[];
  rows: Row[];
  idOf: (row: Row) => string;
  query: PagesQuery;
  isPending: boolean;
  onOpen: (row: Row) => void;
}

const NONE: ReadonlySet<string> = new Set();

/** The rows of a list in each of its states: coming, failed, none, there. */
export function Rows<Row>(props: RowsProps<Row>) {
  const { label, what, columns, rows, idOf, query, isPending, search, read, onChange, onOpen } = props;
  const [selected, setSelected] = useState(NONE);
  const shown = useMemo(() => chosenColumns(columns, search.columns), [columns, search.columns]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const error = read.error ?? query.error;
  if (error && !query.data) {
    return (
      <div className="p-6">
        <ErrorNote
          error={error}
          stillWorks="Events that applications send are accepted meanwhile."
          onRetry={() => void query.refetch()}
        />
      </div>
    );
  }
  if (read.problem && !query.data) {
    return <p className="p-6 text-dim">Correct the filter above, and the {what}s that fit it are here.</p>;
  }
  if (isPending) return <Skeleton rows={18} height={ROW_PX} />;
  if (rows.length === 0) return <NothingHere what={what} search={search} onChange={onChange} />;
  return (
    <>
      <DataTable
        label={label}
        columns={shown}
        rows={rows}
        idOf={idOf}
        sort={search.sort ?? DEFAULT_SORT}
        onSort={(sort) => onChange({ sort: sort === DEFAULT_SORT ? undefined : sort })}
        onOpen={onOpen}
        onEnd={more}
        isStale={query.isPlaceholderData || Boolean(read.problem)}
        selected={selected}
        onSelected={setSelected}
      />
      <SelectionBar what={what} selected={selected} onClear={() => setSelected(NONE)} />
    </>
  );
}
