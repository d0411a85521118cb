import { Gauge } from "lucide-react";
import { Text } from "../../../render/Text";
import { judgedAs, type Score } from "./scores";

/** A score: its name and value; a click chooses the event that carries it. */
export function ScoreChip({ score, onChoose }: { score: Score; onChoose: () => void }) {
  return (
    <button
      type="button"
      onClick={onChoose}
      title={[score.comment, score.source].filter(Boolean).join(" · ") || "Show the score"}
      className="inline-flex max-w-56 items-center gap-1 rounded-[4px] border border-line px-1.5 py-px text-[11px] hover:bg-sunken"
    >
      <Gauge className="size-3 shrink-0 text-eval" role="img" aria-label="score" />
      <span className="truncate text-dim">
        <Text value={score.name} />
      </span>
      <span className="truncate font-medium tabular-nums">
        <Text value={judgedAs(score)} />
      </span>
    </button>
  );
}
