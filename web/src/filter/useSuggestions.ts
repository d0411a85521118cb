import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo } from "react";
import { valuesQuery } from "../api/fields";
import { type RangeSearch, rangeOf } from "../api/range";
import { exactCount } from "../format/format";
import type { Place } from "./place";
import { ATTRIBUTE, attributeKey, fieldSuggestions, measureSuggestions, type Suggestion } from "./suggest";
import type { KnownFields, Subject } from "./tree";

export interface Suggesting {
  projectId: string;
  subject: Subject;
  range: RangeSearch;
  fields: KnownFields;
}

/** Returns what can be typed at a place; nothing while there is none. */
export function useSuggestions(place: Place | undefined, given: Suggesting): Suggestion[] {
  const { projectId, subject, fields } = given;
  const range = rangeOf(given.range);
  const key = attributeKey(place);
  const field = key === undefined ? (place?.kind === "value" ? place.field : "") : "attributes";
  const isListed =
    key !== undefined ? subject === "events" : fields.valued.has(field) || field.startsWith(ATTRIBUTE);
  const prefix = useDeferredValue(key ?? place?.prefix ?? "");
  const { data } = useQuery({
    ...valuesQuery({ projectId, subject, range, field, prefix }),
    enabled: isListed && place !== undefined,
  });
  return useMemo(() => {
    if (!place) return [];
    const listed = (isListed && data) || [];
    if (key !== undefined) {
      const keys = listed.map(({ value, count }) => ({
        text: `${ATTRIBUTE}${value}:`,
        label: `${ATTRIBUTE}${value}`,
        detail: exactCount(count),
      }));
      return keys.length ? keys : fieldSuggestions(place.prefix, fields.kinds);
    }
    if (place.kind === "field") return fieldSuggestions(place.prefix, fields.kinds);
    if (!isListed) return measureSuggestions(place);
    return listed
      .filter(({ value }) => value !== "")
      .map(({ value, count }) => ({ text: value, label: value, detail: exactCount(count) }));
  }, [place, isListed, data, fields, key]);
}
