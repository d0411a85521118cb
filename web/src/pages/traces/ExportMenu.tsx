import { Download } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { exportAddress, FORMATS, type Format } from "../../api/export";
import { subjectOf } from "../../api/listSearch";
import { Button } from "../../components/Button";
import { MENU, MENU_ITEM } from "../../layout/menu";
import type { ListProps } from "./list";

/** Files with the rows of the range that fit the filter. */
export function ExportMenu({ projectId, search, read }: Pick<ListProps, "projectId" | "search" | "read">) {
  const subject = subjectOf(search);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button title="Export" aria-label="Export" disabled={!read.isReady}>
          <Download className="size-3.5" aria-hidden />
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content align="end" sideOffset={4} className={`${MENU} max-w-72`}>
        <p className="px-2 py-1.5 text-dim text-xs">
          All {subject} of this range{search.q ? " that fit the filter" : ""}, the newest first.
        </p>
        {(Object.keys(FORMATS) as Format[]).map((format) => (
          <DropdownMenu.Item key={format} asChild>
            {/* The range is read when the menu opens: "now" is then. */}
            <a
              href={exportAddress(projectId, subject, format, search, read.api)}
              download
              className={MENU_ITEM}
            >
              {FORMATS[format]}
            </a>
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
