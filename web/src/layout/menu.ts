/** How every menu looks. */
export const MENU = "z-20 min-w-44 rounded-box border border-line bg-panel p-1 shadow-float";
export const MENU_ITEM =
  "flex cursor-pointer items-center gap-2 rounded-[4px] px-2 py-1.5 outline-none data-[highlighted]:bg-sunken";
