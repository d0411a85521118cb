import { useState } from "react";
import { Button } from "../../components/Button";
import { Text } from "../../render/Text";

interface RedactionTrialProps {
  said: string | undefined;
  problem: string | undefined;
  onTry: (text: string) => void;
}

const EXAMPLE = "Ada (ada@example.com, +49 170 1234567) pays with 4111 1111 1111 1111.";

/** Shows how a text would be stored under the rules as they stand on the page, kept or not. */
export function RedactionTrial({ said, problem, onTry }: RedactionTrialProps) {
  const [text, setText] = useState(EXAMPLE);
  return (
    <section aria-label="Try" className="grid content-start gap-1.5 text-xs">
      <label className="grid gap-1.5">
        <span className="font-semibold">Try it on a text</span>
        <textarea
          value={text}
          onChange={({ target }) => setText(target.value)}
          rows={5}
          maxLength={10_000}
          className="rounded-box border border-line bg-page p-2 text-text"
        />
      </label>
      <Button className="justify-self-start" onClick={() => onTry(text)}>
        Try
      </Button>
      {problem ? (
        <p role="alert" className="text-error">
          {problem}
        </p>
      ) : null}
      <output className="min-h-8 whitespace-pre-wrap break-words rounded-box bg-sunken p-2">
        {said === undefined ? (
          <span className="text-dim">What would be stored stands here.</span>
        ) : (
          <Text value={said} />
        )}
      </output>
    </section>
  );
}
