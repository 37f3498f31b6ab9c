import type { TargetKind } from '../../../api/types';

export function targetOf(kind: TargetKind, value: string): string {
  return kind === 'all' ? 'all' : `${kind}:${value.trim()}`;
}

/** A list with one more target; each is there once. */
export function withTarget(list: string[], target: string): string[] {
  return list.includes(target) ? list : [...list, target];
}
