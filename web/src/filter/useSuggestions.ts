import { useMemo } from "react";
import type { Place } from "./place";
import { fieldSuggestions, measureSuggestions, type Suggestion } from "./suggest";
import type { Fields } from "./tree";

/** Returns what can be typed at a place; nothing while there is none. */
export function useSuggestions(place: Place | undefined, fields: Fields): Suggestion[] {
  return useMemo(() => {
    if (!place) return [];
    return place.kind === "field" ? fieldSuggestions(place.prefix, fields) : measureSuggestions(place);
  }, [place, fields]);
}
