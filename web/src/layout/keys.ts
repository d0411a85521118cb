/** Every key of the app, for the list that `?` shows. */

import { PAGES } from "./pages";

export interface KeyGroup {
  where: string;
  keys: [keys: string[], does: string][];
}

export const KEYS: readonly KeyGroup[] = [
  {
    where: "Everywhere",
    keys: [
      [["⌘ K", "Ctrl K"], "search, jump, act"],
      [["?"], "this list"],
      ...PAGES.map(({ key, name }): [string[], string] => [[`g ${key}`], `go to ${name}`]),
      [["/"], "to the filter or the search"],
      [["Esc"], "close, or leave a field"],
    ],
  },
  {
    where: "Lists",
    keys: [
      [["j", "↓"], "next row"],
      [["k", "↑"], "row before"],
      [["Enter"], "open the row"],
      [["x"], "select the row"],
      [["Esc"], "select nothing"],
    ],
  },
  {
    where: "A trace",
    keys: [
      [["j", "↓"], "next event"],
      [["k", "↑"], "event before"],
      [["→"], "open, or into"],
      [["←"], "close, or to the parent"],
      [["e"], "next error"],
      [["E"], "error before"],
    ],
  },
];
