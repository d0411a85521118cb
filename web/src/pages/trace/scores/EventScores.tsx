import { useQuery } from "@tanstack/react-query";
import { scoresQuery } from "../../../api/queries";
import { ScoreChip } from "./ScoreChip";
import { scoresOf } from "./scores";

interface EventScoresProps {
  projectId: string;
  traceId: string;
  eventId: string;
  onChoose: (eventId: string) => void;
}

/** How an event was judged. */
export function EventScores({ projectId, traceId, eventId, onChoose }: EventScoresProps) {
  const { data } = useQuery(scoresQuery(projectId, traceId));
  const scores = scoresOf(data ?? [], eventId);
  if (scores.length === 0) return null;
  return (
    <ul aria-label="Scores" className="flex flex-wrap gap-1.5 border-line border-b px-3 py-1.5">
      {scores.map((score) => (
        <li key={score.event_id}>
          <ScoreChip score={score} onChoose={() => onChoose(score.event_id)} />
        </li>
      ))}
    </ul>
  );
}
