import type { ReactNode } from "react";

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <SectionTitle>{title}</SectionTitle>
      <div className="px-3 py-2">{children}</div>
    </section>
  );
}

export function SectionTitle({ children }: { children: ReactNode }) {
  return (
    <h3 className="flex items-center border-line border-y bg-page px-3 py-1 text-[11px] text-dim first:border-t-0">
      {children}
    </h3>
  );
}

export type Fact = [name: string, value: ReactNode];

interface FactsProps {
  facts: Fact[];
  isMono?: boolean;
}

/** Names and values, one pair a line. */
export function Facts({ facts, isMono = false }: FactsProps) {
  return (
    <dl className="grid grid-cols-[minmax(90px,auto)_1fr] gap-x-4 gap-y-1">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className={`text-dim ${isMono ? "break-all font-mono text-[11px]" : ""}`}>{name}</dt>
          <dd className={`min-w-0 whitespace-pre-wrap break-words ${isMono ? "font-mono text-[11px]" : ""}`}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}
