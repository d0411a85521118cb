import { X } from "lucide-react";
import type { View } from "../../api/views";

interface ViewLineProps {
  view: View;
  onOpen: () => void;
  onRemove: () => void;
}

export function ViewLine({ view, onOpen, onRemove }: ViewLineProps) {
  return (
    <li className="flex items-center rounded-[4px] hover:bg-sunken">
      <button type="button" onClick={onOpen} className="min-w-0 flex-1 truncate px-2 py-1.5 text-left">
        {view.name}
      </button>
      <button
        type="button"
        onClick={onRemove}
        aria-label={`Remove ${view.name}`}
        className="rounded-[4px] p-1.5 text-faint hover:text-text"
      >
        <X className="size-3.5" aria-hidden />
      </button>
    </li>
  );
}
