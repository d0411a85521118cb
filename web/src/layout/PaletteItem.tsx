import { Command } from "cmdk";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Key } from "./Key";

interface PaletteItemProps {
  /** What is searched; the name when it is left out. */
  value?: string;
  icon?: LucideIcon;
  mark?: ReactNode;
  name: string;
  detail?: string;
  shortcut?: string;
  /** Shown whatever is typed. */
  isAlways?: boolean;
  onSelect: () => void;
  children?: ReactNode;
}

/** One line of the palette. */
export function PaletteItem(props: PaletteItemProps) {
  const { value, icon: Icon, mark, name, detail, shortcut, isAlways = false, onSelect, children } = props;
  return (
    <Command.Item
      value={value ?? name}
      forceMount={isAlways}
      onSelect={onSelect}
      className="flex h-8 cursor-pointer items-center gap-2.5 rounded-[4px] px-2 data-[selected=true]:bg-sunken"
    >
      {Icon ? <Icon className="size-4 shrink-0 text-faint" aria-hidden /> : mark}
      <span className="shrink-0">{name}</span>
      <span className="min-w-0 flex-1 truncate text-faint text-xs">{detail}</span>
      <span className="text-xs">{children}</span>
      {shortcut ? <Key>{shortcut}</Key> : null}
    </Command.Item>
  );
}
