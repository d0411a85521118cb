import { ExternalLink, Image as ImageIcon, Link as LinkIcon } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Copy } from "../components/Copy";
import { readAddress } from "./address";
import { Text } from "./Text";

// What an address may take of the page before it is cut.
const SHOWN_CHARS = 300;

interface ElsewhereProps {
  address: string;
  kind: "link" | "image";
  children: ReactNode;
}

/** Something in a text that leads elsewhere: the first click shows where, and only a second one goes there. */
export function Elsewhere({ address, kind, children }: ElsewhereProps) {
  const [isShown, setShown] = useState(false);
  const Icon = kind === "image" ? ImageIcon : LinkIcon;
  return (
    <>
      <button
        type="button"
        aria-expanded={isShown}
        title={`Show where this ${kind} leads`}
        onClick={() => setShown(!isShown)}
        className="inline-flex max-w-full items-center gap-1 text-left text-accent underline decoration-dotted"
      >
        <Icon className="size-3 shrink-0" role="img" aria-label={kind} />
        <span className="min-w-0">{children}</span>
      </button>
      {isShown ? <Destination address={address} /> : null}
    </>
  );
}

function Destination({ address }: { address: string }) {
  const place = readAddress(address);
  const short = address.length > SHOWN_CHARS ? `${address.slice(0, SHOWN_CHARS)}…` : address;
  return (
    <span className="my-1 block rounded-box border border-line bg-sunken px-2 py-1 font-mono text-[11px]">
      <span className="break-all">
        <Text value={short || "(no address)"} />
      </span>
      <Copy text={address} label="Copy the address" />
      {place.kind === "web" ? (
        <a
          href={place.href}
          target="_blank"
          rel="noopener noreferrer nofollow"
          className="ml-1 inline-flex items-center gap-1 text-accent underline"
        >
          open {place.host} <ExternalLink className="size-3" aria-hidden />
        </a>
      ) : place.kind === "embedded" ? (
        <img src={place.href} alt="as embedded in the text" className="mt-1 max-h-80 max-w-full rounded" />
      ) : (
        <span className="ml-1 text-warning">not an address that can be opened from here</span>
      )}
    </span>
  );
}
