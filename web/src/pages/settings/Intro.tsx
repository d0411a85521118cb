import type { ReactNode } from "react";

interface IntroProps {
  title: string;
  about: string;
  /** What is done most, at the right. */
  children?: ReactNode;
}

/** The head of a section. */
export function Intro({ title, about, children }: IntroProps) {
  return (
    <header className="mb-4 flex max-w-5xl items-start gap-4">
      <div>
        <h2 className="font-semibold text-sm">{title}</h2>
        <p className="mt-0.5 max-w-2xl text-dim text-xs">{about}</p>
      </div>
      <div className="ml-auto">{children}</div>
    </header>
  );
}
