import React from 'react';
import { Text } from '@grafana/ui';
import type { Named } from './names';

/** A name for people; the raw one is its tooltip, or stands beside it where there is room. */
export function Name({ of: { word, raw }, both }: { of: Named; both?: boolean }) {
  if (raw === undefined) {
    return <>{word}</>;
  }
  return both ? (
    <>
      {word} <Text color="secondary" variant="bodySmall">{`(${raw})`}</Text>
    </>
  ) : (
    <span title={raw}>{word}</span>
  );
}
