import type { ReactNode } from "react";

/** The frame of the pages before anyone is signed in. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="grid min-h-full place-items-center p-6">
      <div className="w-full max-w-sm">
        <div className="mb-5 flex items-center gap-2 font-semibold text-base tracking-tight">
          <img src="/favicon.svg" alt="" className="size-6" />
          WatchLLM
        </div>
        <div className="rounded-box border border-line bg-panel p-5">
          <h1 className="mb-4 font-semibold text-base">{title}</h1>
          {children}
        </div>
      </div>
    </main>
  );
}
