import { words } from '../../../api/language';
import type { Fault } from '../../../api/types';

/** Faults of one part of a form, with paths as seen from that part: "steps[0].notify[1].to[0]", "to[0]", "". */
export type PlacedFaults = Fault[];

/** Those of one contact point, seen from it; all others as they are. */
export function faultsOf(faults: Fault[], index: number): { own: PlacedFaults; others: Fault[] } {
  const place = `contact_points[${index}]`;
  return { own: below(faults, place), others: faults.filter((f) => !isBelow(f.path, place)) };
}

/** The faults at a place or below it, seen from it. */
export function below(faults: PlacedFaults, place: string): PlacedFaults {
  return faults
    .filter((f) => isBelow(f.path, place))
    .map((f) => ({ ...f, path: f.path.slice(place.length).replace(/^\./, '') }));
}

/** What none of the places shows. */
export function elsewhere(faults: PlacedFaults, places: string[]): PlacedFaults {
  return faults.filter((f) => !places.some((place) => isBelow(f.path, place)));
}

function isBelow(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`);
}

/** What a field says of its faults; undefined when it has none. */
export function sentence(faults: PlacedFaults, place: string): string | undefined {
  const said = below(faults, place).map((f) => [words(f.message), words(f.hint)].filter((s) => s !== '').join(' — '));
  return said.length > 0 ? said.join('; ') : undefined;
}
