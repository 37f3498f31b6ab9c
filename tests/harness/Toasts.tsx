import React, { useEffect, useState } from 'react';
import { css } from '@emotion/css';
import { AppEvents, type GrafanaTheme2 } from '@grafana/data';
import { getAppEvents } from '@grafana/runtime';
import { Alert, useStyles2, type AlertVariant } from '@grafana/ui';

interface Toast {
  severity: AlertVariant;
  said: string;
}

const severities: Array<[{ name: string }, AlertVariant]> = [
  [AppEvents.alertSuccess, 'success'],
  [AppEvents.alertWarning, 'warning'],
  [AppEvents.alertError, 'error'],
  [AppEvents.alertInfo, 'info'],
];

/** Shows what Grafana would show in a corner of the page. */
export function Toasts() {
  const styles = useStyles2(getStyles);
  const [toasts, setToasts] = useState<Toast[]>([]);
  useEffect(() => {
    const bus = getAppEvents();
    const subscriptions = severities.map(([{ name }, severity]) =>
      bus.getStream({ type: name, __eventBrand: undefined } as never).subscribe((event: { payload?: unknown }) => {
        const said = Array.isArray(event.payload) ? event.payload.join(' ') : String(event.payload);
        setToasts((old) => [...old, { severity, said }]);
      })
    );
    return () => subscriptions.forEach((s) => s.unsubscribe());
  }, []);
  return (
    <div className={styles} data-testid="toasts">
      {toasts.map((toast, i) => (
        <Alert key={i} severity={toast.severity} title={toast.said} elevated onRemove={() => setToasts(toasts.filter((t) => t !== toast))} />
      ))}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => css({ position: 'fixed', top: theme.spacing(2), right: theme.spacing(2), zIndex: theme.zIndex.portal, maxWidth: 400 });
