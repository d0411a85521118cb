import { hasHidden, visiblePieces } from "./visible";

/** A short text from outside, such as a name: never markup, and without power over what stands beside it. */
export function Text({ value }: { value: string }) {
  if (!hasHidden(value)) return <bdi>{value}</bdi>;
  return (
    <bdi>
      {visiblePieces(value).map((piece, at) =>
        piece.isMark ? <Mark key={at}>{piece.text}</Mark> : <span key={at}>{piece.text}</span>,
      )}
    </bdi>
  );
}

export function Mark({ children }: { children: string }) {
  return (
    <span
      className="mx-px rounded-[3px] bg-sunken px-0.5 font-mono text-[10px] text-warning"
      title="a character that cannot be seen"
    >
      {children}
    </span>
  );
}
