import { useQuery } from "@tanstack/react-query";
import { Bookmark } from "lucide-react";
import { Popover } from "radix-ui";
import { useState } from "react";
import { queryOf, useViewChanges, type View, type ViewQuery, viewsQuery } from "../../api/views";
import { Button } from "../Button";
import { SaveView } from "./SaveView";
import { ViewLine } from "./ViewLine";

interface ViewsMenuProps {
  projectId: string;
  page: string;
  /** What stands in the address now. */
  query: ViewQuery;
  onOpen: (query: ViewQuery) => void;
}

/** The saved views of a page: opens one, keeps the present one, removes one with a way back. */
export function ViewsMenu({ projectId, page, query, onOpen }: ViewsMenuProps) {
  const [isOpen, setOpen] = useState(false);
  const [removed, setRemoved] = useState<View | null>(null);
  const views = useQuery({ ...viewsQuery(projectId, page), enabled: isOpen });
  const { add, remove } = useViewChanges(projectId, page);
  return (
    <Popover.Root
      open={isOpen}
      onOpenChange={(next) => {
        setOpen(next);
        setRemoved(null);
        add.reset();
      }}
    >
      <Popover.Trigger asChild>
        <Button title="Saved views" aria-label="Saved views">
          <Bookmark className="size-3.5" aria-hidden />
        </Button>
      </Popover.Trigger>
      <Popover.Content
        align="end"
        sideOffset={4}
        aria-label="Saved views"
        className="z-30 w-72 rounded-box border border-line bg-panel p-1 shadow-float"
      >
        <ul className="max-h-72 overflow-auto">
          {views.data?.map((view) => (
            <ViewLine
              key={view.view_id}
              view={view}
              onOpen={() => {
                setOpen(false);
                onOpen(queryOf(view));
              }}
              onRemove={() => {
                setRemoved(view);
                remove.mutate(view);
              }}
            />
          ))}
        </ul>
        {views.data?.length === 0 && !removed ? (
          <p className="px-2 py-1.5 text-dim text-xs">
            Nothing is saved yet. A view keeps filter, range, order and columns under a name.
          </p>
        ) : null}
        {removed ? (
          <p role="status" className="flex items-center gap-2 px-2 py-1.5 text-dim text-xs">
            <span className="truncate">Removed “{removed.name}”.</span>
            <button
              type="button"
              className="text-accent underline"
              onClick={() => {
                add.mutate({ name: removed.name, query: queryOf(removed) });
                setRemoved(null);
              }}
            >
              Undo
            </button>
          </p>
        ) : null}
        <SaveView
          isBusy={add.isPending}
          problem={(add.error ?? remove.error ?? views.error)?.message}
          onSave={(name, done) => add.mutate({ name, query }, { onSuccess: done })}
        />
      </Popover.Content>
    </Popover.Root>
  );
}
