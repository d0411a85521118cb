/** Ends what nobody will end any more: a stream that the host dropped half-way, found by the garbage collector. */

// Absent on a few edge runtimes: there a dropped stream is not reported.
const registry =
  typeof FinalizationRegistry === "undefined" ? undefined : new FinalizationRegistry<() => void>((finish) => finish());

/** Call `finish` some time after `holder` was collected; `finish` MUST NOT refer to `holder`. */
export function whenAbandoned(holder: object, finish: () => void): void {
  registry?.register(holder, finish);
}
