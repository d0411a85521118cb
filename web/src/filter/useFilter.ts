import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { fieldsQuery } from "../api/fields";
import { apiFilter } from "./compile";
import { parseFilter } from "./parse";
import type { Fields, Filter, Subject } from "./tree";

export interface ReadFilter {
  /** Undefined until the fields are known. */
  fields: Fields | undefined;
  filter: Filter | undefined;
  /** The filter as the API takes it. */
  api: string | undefined;
  problem: string | undefined;
  /** Whether the filter can be asked with: read, and without a problem. */
  isReady: boolean;
  error: Error | null;
}

/** Reads the text of a filter that an address holds. */
export function useFilter(projectId: string, subject: Subject, text: string | undefined): ReadFilter {
  const { data: fields, error } = useQuery(fieldsQuery(projectId, subject));
  return useMemo(() => {
    const isEmpty = !text?.trim();
    if (!fields) {
      return { fields, filter: undefined, api: undefined, problem: undefined, isReady: isEmpty, error };
    }
    const { filter, problem } = parseFilter(text ?? "", fields);
    return { fields, filter, api: apiFilter(filter, subject, fields), problem, isReady: !problem, error };
  }, [fields, text, subject, error]);
}
