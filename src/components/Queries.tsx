import React, { useState, type ReactNode } from 'react';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RequestError } from '../api/request';

/** Failures that another try a moment later may not have. */
const passing = new Set([0, 502, 503, 504]);

/** Gives what is inside one cache of answers. */
export function Queries({ children }: { children: ReactNode }) {
  const [client] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            refetchOnWindowFocus: false,
            retry: (count, error) => count < 2 && error instanceof RequestError && passing.has(error.status),
          },
        },
      })
  );
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}
