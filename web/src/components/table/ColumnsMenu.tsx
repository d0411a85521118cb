import { Check, Columns3 } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { MENU, MENU_ITEM } from "../../layout/menu";
import { Button } from "../Button";
import { type ColumnName, chosenColumns, namedColumns } from "./columns";

interface ColumnsMenuProps {
  all: readonly ColumnName[];
  named: string | undefined;
  onChange: (named: string | undefined) => void;
}

/** Chooses the columns of a table. */
export function ColumnsMenu({ all, named, onChange }: ColumnsMenuProps) {
  const chosen = new Set(chosenColumns(all, named).map(({ id }) => id));
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    if (next.size) onChange(namedColumns(all, next));
  };
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button title="Columns" aria-label="Columns">
          <Columns3 className="size-3.5" aria-hidden />
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content align="end" sideOffset={4} className={`${MENU} max-h-[70vh] overflow-auto`}>
        {all.map(({ id, label }) => (
          <DropdownMenu.CheckboxItem
            key={id}
            checked={chosen.has(id)}
            onCheckedChange={() => toggle(id)}
            // It stays open: columns are chosen in groups.
            onSelect={(event) => event.preventDefault()}
            className={MENU_ITEM}
          >
            <Check className={chosen.has(id) ? "size-3.5" : "invisible size-3.5"} aria-hidden />
            {label || id}
          </DropdownMenu.CheckboxItem>
        ))}
        <DropdownMenu.Separator className="my-1 h-px bg-line" />
        <DropdownMenu.Item className={MENU_ITEM} onSelect={() => onChange(undefined)}>
          <span className="size-3.5" />
          The usual columns
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
