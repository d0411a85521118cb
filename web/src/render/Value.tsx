import { Json } from "./Json";
import { Prose } from "./Prose";

/** A value that an application sent: text as text, everything else as JSON. */
export function Value({ value }: { value: unknown }) {
  return typeof value === "string" ? <Prose text={value} /> : <Json value={value} />;
}
