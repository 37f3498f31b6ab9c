import React from 'react';
import type { Fault } from '../api/types';
import { words } from '../api/language';

/** A list of faults of the settings, each with its place and what to do. */
export function Faults({ faults }: { faults: Fault[] }) {
  return (
    <ul>
      {faults.map((f, i) => (
        <li key={`${f.path} ${i}`}>
          {f.path && <code>{f.path}</code>} {words(f.message)}
          {words(f.hint) && <div>{words(f.hint)}</div>}
        </li>
      ))}
    </ul>
  );
}
