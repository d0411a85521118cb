import { useCallback, useMemo } from "react";
import type { GroupSearch } from "../../api/groupSearch";
import { Button } from "../../components/Button";
import { EmptyNote } from "../../components/EmptyNote";
import { Skeleton } from "../../components/Skeleton";
import { ColumnsMenu } from "../../components/table/ColumnsMenu";
import { type Column, chosenColumns, ROW_PX } from "../../components/table/columns";
import { DataTable } from "../../components/table/DataTable";
import { FilterBar } from "../../filter/FilterBar";
import type { ReadFilter } from "../../filter/useFilter";
import { ErrorNote } from "../../layout/PageError";
import { SendingIds } from "./SendingIds";

interface PagesQuery<Row> {
  data: { pages: { data: Row[] }[] } | undefined;
  error: Error | null;
  isPending: boolean;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isPlaceholderData: boolean;
  fetchNextPage: () => unknown;
  refetch: () => unknown;
}

interface GroupListProps<Row> {
  label: string;
  /** The field of an event that makes it part of one. */
  sent: "sessionId" | "userId";
  projectId: string;
  search: GroupSearch;
  read: ReadFilter;
  query: PagesQuery<Row>;
  columns: Column<Row>[];
  idOf: (row: Row) => string;
  usualSort: string;
  onChange: (next: Partial<GroupSearch>) => void;
  onOpen: (row: Row) => void;
}

/** A list of sessions or of end users, filtered by their traces. */
export function GroupList<Row>(props: GroupListProps<Row>) {
  const { label, sent, projectId, search, read, query, columns, idOf, usualSort, onChange, onOpen } = props;
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.data) ?? [], [query.data]);
  const shown = useMemo(() => chosenColumns(columns, search.columns), [columns, search.columns]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const error = read.error ?? query.error;
  const isAllTime = search.range === "400d";
  return (
    <div className="flex h-full flex-col">
      <h1 className="sr-only">{label}</h1>
      <div className="flex h-11 shrink-0 items-center gap-2 border-line border-b px-4">
        <FilterBar
          projectId={projectId}
          subject="traces"
          range={search}
          fields={read.fields}
          text={search.q ?? ""}
          onText={(q) => onChange({ q: q || undefined })}
          problem={read.problem}
          placeholder="status:error  model:gpt-4o  of the traces in them      /"
        />
        <ColumnsMenu
          all={columns}
          named={search.columns}
          onChange={(named) => onChange({ columns: named })}
        />
      </div>
      {error && !query.data ? (
        <div className="p-6">
          <ErrorNote
            error={error}
            stillWorks="Events that applications send are accepted meanwhile."
            onRetry={() => void query.refetch()}
          />
        </div>
      ) : query.isPending ? (
        <Skeleton rows={18} height={ROW_PX} />
      ) : rows.length === 0 ? (
        <EmptyNote title={`No ${label.toLowerCase()} in this range${search.q ? " fit the filter" : ""}.`}>
          <div className="flex gap-2">
            {search.q ? <Button onClick={() => onChange({ q: undefined })}>Clear the filter</Button> : null}
            {isAllTime ? null : (
              <Button onClick={() => onChange({ range: "400d", from: undefined, to: undefined })}>
                Look at all time
              </Button>
            )}
          </div>
          {search.q ? null : <SendingIds sent={sent} />}
        </EmptyNote>
      ) : (
        <DataTable
          label={label}
          columns={shown}
          rows={rows}
          idOf={idOf}
          sort={search.sort ?? usualSort}
          onSort={(sort) => onChange({ sort: sort === usualSort ? undefined : sort })}
          onOpen={onOpen}
          onEnd={more}
          isStale={query.isPlaceholderData}
        />
      )}
    </div>
  );
}
