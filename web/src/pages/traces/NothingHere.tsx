import type { ListSearch } from "../../api/listSearch";
import { Button } from "../../components/Button";
import { EmptyNote } from "../../components/EmptyNote";

interface NothingHereProps {
  what: string;
  search: ListSearch;
  onChange: (next: Partial<ListSearch>) => void;
}

/** A list without rows: why, and what would show some. */
export function NothingHere({ what, search, onChange }: NothingHereProps) {
  const isAllTime = search.range === "400d";
  return (
    <EmptyNote title={`No ${what} in this range${search.q ? " fits the filter" : ""}.`}>
      <div className="flex gap-2">
        {search.q ? <Button onClick={() => onChange({ q: undefined })}>Clear the filter</Button> : null}
        {isAllTime ? null : (
          <Button onClick={() => onChange({ range: "400d", from: undefined, to: undefined })}>
            Look at all time
          </Button>
        )}
      </div>
      {search.q ? (
        <p className="text-xs">
          Terms side by side must all hold; <code className="font-mono">OR</code> between them, a minus before
          them and ( ) work too. <code className="font-mono">name~part</code> looks for a part, words alone
          are looked for in inputs and outputs.
        </p>
      ) : null}
    </EmptyNote>
  );
}
