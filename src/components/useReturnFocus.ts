import { useEffect, useState } from 'react';

/** Gives the focus back, when a drawer is closed, to what had it when the drawer was opened. Grafana's Drawer does not. */
export function useReturnFocus() {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // The drawer holds the focus until all of it is gone.
      setTimeout(() => opener instanceof HTMLElement && opener.focus());
    },
    [opener]
  );
}
