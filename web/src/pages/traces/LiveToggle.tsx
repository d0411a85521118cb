import clsx from "clsx";
import type { ListSearch } from "../../api/listSearch";
import { isRelative } from "../../api/range";
import { Button } from "../../components/Button";

interface LiveToggleProps {
  search: ListSearch;
  onChange: (next: Partial<ListSearch>) => void;
}

/** Whether new rows come by themselves. A range that has ended has none. */
export function LiveToggle({ search, onChange }: LiveToggleProps) {
  const canLive = isRelative(search);
  const isLive = canLive && search.live !== "off";
  return (
    <Button
      aria-pressed={isLive}
      disabled={!canLive}
      title={canLive ? "New rows come by themselves" : "The range ends in the past: nothing new can come"}
      onClick={() => onChange({ live: isLive ? "off" : undefined })}
    >
      <span className={clsx("size-2 rounded-full", isLive ? "bg-ok" : "bg-faint")} aria-hidden />
      {isLive ? "live" : "paused"}
    </Button>
  );
}
