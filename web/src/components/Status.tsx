/** A status as shape and colour: never colour alone. */

import clsx from "clsx";
import { CircleAlert, CircleCheck, CircleDashed, CircleHelp } from "lucide-react";

export type Status = "ok" | "error" | "running" | "lost";

const MARKS = {
  ok: { icon: CircleCheck, color: "text-ok", name: "ok" },
  error: { icon: CircleAlert, color: "text-error", name: "error" },
  running: { icon: CircleDashed, color: "text-running", name: "running" },
  lost: { icon: CircleHelp, color: "text-warning", name: "lost: it never reported its end" },
} as const;

export function StatusMark({ status, className }: { status: Status; className?: string }) {
  const { icon: Icon, color, name } = MARKS[status];
  return <Icon role="img" aria-label={name} className={clsx("size-3.5 shrink-0", color, className)} />;
}

export function StatusBadge({ status }: { status: Status }) {
  return (
    <span className={clsx("inline-flex shrink-0 items-center gap-1", MARKS[status].color)}>
      <StatusMark status={status} />
      {status}
    </span>
  );
}
