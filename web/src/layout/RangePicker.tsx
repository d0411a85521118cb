import { useNavigate, useSearch } from "@tanstack/react-router";
import { CalendarClock } from "lucide-react";
import { Popover } from "radix-ui";
import { useState } from "react";
import { DEFAULT_RANGE, isRelative, type RangeSearch, RELATIVE_RANGES, rangeName } from "../api/range";
import { Button } from "../components/Button";
import { shortMoment } from "../format/format";
import { usePreferences } from "../theme/preferences";
import { AbsoluteRange } from "./AbsoluteRange";

/** The range of time of the page, in its address. */
export function RangePicker() {
  const search: RangeSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const { zone } = usePreferences();
  const [isOpen, setOpen] = useState(false);
  const choose = (next: RangeSearch) => {
    setOpen(false);
    const cleared = { range: undefined, from: undefined, to: undefined };
    void navigate({ to: ".", search: (before) => ({ ...before, ...cleared, ...next }) });
  };
  const chosen = isRelative(search) ? (search.range ?? DEFAULT_RANGE) : null;
  const name = rangeName(search, (iso) => shortMoment(iso, zone));
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button aria-label={`Time range: ${name}`}>
          <CalendarClock className="size-3.5 text-faint" aria-hidden />
          {name}
        </Button>
      </Popover.Trigger>
      <Popover.Content
        align="end"
        sideOffset={4}
        aria-label="Time range"
        className="z-30 flex w-[420px] rounded-box border border-line bg-panel shadow-float"
      >
        <div
          role="group"
          aria-label="Relative"
          className="grid w-36 shrink-0 gap-px border-line border-r p-1.5"
        >
          {RELATIVE_RANGES.map((range) => (
            <button
              key={range}
              type="button"
              aria-pressed={range === chosen}
              onClick={() => choose(range === DEFAULT_RANGE ? {} : { range })}
              className="rounded-[4px] px-2 py-1 text-left hover:bg-sunken aria-pressed:bg-accent-soft aria-pressed:font-medium"
            >
              {rangeName({ range }, String)}
            </button>
          ))}
        </div>
        <AbsoluteRange search={search} zone={zone} onChoose={choose} />
      </Popover.Content>
    </Popover.Root>
  );
}
