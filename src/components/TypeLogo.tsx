import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { words } from '../api/language';
import type { Manifest } from '../api/types';

interface Props {
  type: Manifest;
  size?: number;
}

/** A type's logo, which its manifest brings; its first letter where it brings none. Beside the type's name, so it has no name of its own. */
export function TypeLogo({ type, size = 32 }: Props) {
  const styles = useStyles2(getStyles);
  if (type.logo) {
    return <img src={`data:image/svg+xml;utf8,${encodeURIComponent(type.logo)}`} width={size} height={size} alt="" />;
  }
  return (
    <span className={styles.letter} style={{ width: size, height: size, fontSize: size / 2 }} aria-hidden>
      {[...words(type.title)][0]}
    </span>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  letter: css({
    display: 'inline-flex',
    alignItems: 'center',
    justifyContent: 'center',
    flexShrink: 0,
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.secondary,
    color: theme.colors.text.primary,
  }),
});
