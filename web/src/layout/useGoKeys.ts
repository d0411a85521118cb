import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRef } from "react";
import { type RangeSearch, rangeOf } from "../api/range";
import { useKeys } from "../components/useKeys";
import { PAGES } from "./pages";

// Time between the two keys.
const PAIR_MS = 1_200;

/** `g` and then a page's letter go to that page. */
export function useGoKeys(projectId: string | undefined): void {
  const navigate = useNavigate();
  const search: RangeSearch = useSearch({ strict: false });
  const pressedAt = useRef(Number.NEGATIVE_INFINITY);
  useKeys({
    g: (event) => {
      pressedAt.current = event.timeStamp;
    },
    ...Object.fromEntries(
      PAGES.map(({ key, to }) => [
        key,
        (event: KeyboardEvent) => {
          const isSecond = event.timeStamp - pressedAt.current < PAIR_MS;
          pressedAt.current = Number.NEGATIVE_INFINITY;
          if (isSecond && projectId) void navigate({ to, params: { projectId }, search: rangeOf(search) });
        },
      ]),
    ),
  });
}
