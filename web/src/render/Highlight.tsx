interface HighlightProps {
  before: string;
  match: string;
  after: string;
}

/** A part of a text that a model or a user wrote, with the place that was looked for marked. */
export function Highlight({ before, match, after }: HighlightProps) {
  return (
    <span className="whitespace-pre-wrap break-words">
      {before}
      <mark className="rounded-[2px] bg-mark text-text">{match}</mark>
      {after}
    </span>
  );
}
