import { act, renderHook } from '@testing-library/react';
import { useDelayed } from './useDelayed';

it('gives the last of several values, once it has stayed for a while', () => {
  jest.useFakeTimers();
  const { result, rerender } = renderHook(({ value }) => useDelayed(value, 400), { initialProps: { value: 'a' } });
  rerender({ value: 'ab' });
  act(() => jest.advanceTimersByTime(300));
  rerender({ value: 'abc' });
  act(() => jest.advanceTimersByTime(300));
  expect(result.current).toBe('a');
  act(() => jest.advanceTimersByTime(100));
  expect(result.current).toBe('abc');
  jest.useRealTimers();
});
