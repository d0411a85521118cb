import { Link, useMatches } from "@tanstack/react-router";
import { CircleHelp, Search } from "lucide-react";
import type { Account } from "../api/client";
import { AccountMenu } from "./AccountMenu";
import { Key } from "./Key";
import { TOOL } from "./menu";
import { ProjectSelector } from "./ProjectSelector";
import { RangePicker } from "./RangePicker";
import { ThemeToggle, ZoneToggle } from "./Toggles";

interface TopBarProps {
  account: Account;
  projectId: string | undefined;
  onPalette: () => void;
  onKeys: () => void;
}

export function TopBar({ account, projectId, onPalette, onKeys }: TopBarProps) {
  const hasRange = useMatches({ select: (matches) => matches.some((match) => match.staticData.hasRange) });
  return (
    <header className="col-span-2 flex items-center gap-2 border-line border-b bg-panel px-3">
      <Link to="/" className="flex items-center gap-2 font-semibold tracking-tight">
        <img src="/favicon.svg" alt="" className="size-5" />
        WatchLLM
      </Link>
      <ProjectSelector projects={account.projects} current={projectId} />
      <button
        type="button"
        onClick={onPalette}
        className="mx-auto flex h-7 w-72 max-w-[28vw] items-center gap-2 rounded-box border border-line bg-page px-2 text-faint text-xs hover:text-dim"
      >
        <Search className="size-3.5" aria-hidden />
        Search or jump
        <span className="ml-auto">
          <Key>⌘ K</Key>
        </span>
      </button>
      {hasRange ? <RangePicker /> : null}
      <ZoneToggle />
      <ThemeToggle />
      <button type="button" className={TOOL} title="Keys (?)" aria-label="Keys" onClick={onKeys}>
        <CircleHelp className="size-4" aria-hidden />
      </button>
      <AccountMenu email={account.user.email} />
    </header>
  );
}
