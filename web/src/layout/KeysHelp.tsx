import { Dialog } from "../components/Dialog";
import { Key } from "./Key";
import { KEYS } from "./keys";

/** The list of keys. */
export function KeysHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog label="Keys" onClose={onClose} className="w-[720px] max-w-[92vw]">
      <div className="flex items-center border-line border-b px-4 py-2.5">
        <h2 className="font-semibold">Keys</h2>
        <button type="button" onClick={onClose} className="ml-auto rounded-box px-2 text-dim hover:bg-sunken">
          Close
        </button>
      </div>
      <div className="grid gap-x-8 gap-y-4 p-4 sm:grid-cols-3">
        {KEYS.map(({ where, keys }) => (
          <section key={where}>
            <h3 className="mb-1.5 text-faint text-xs">{where}</h3>
            <dl className="grid gap-1.5 text-xs">
              {keys.map(([names, does]) => (
                <div key={does} className="flex items-baseline justify-between gap-3">
                  <dt className="text-dim">{does}</dt>
                  <dd className="flex shrink-0 gap-1">
                    {names.map((name) => (
                      <Key key={name}>{name}</Key>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
