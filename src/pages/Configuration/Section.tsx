import React, { type ReactNode } from 'react';
import { Stack, Text } from '@grafana/ui';

interface SectionProps {
  title: string;
  children: ReactNode;
}

export function Section({ title, children }: SectionProps) {
  return (
    <section aria-label={title}>
      <Stack direction="column" gap={2}>
        <Text element="h3" variant="h4">
          {title}
        </Text>
        {children}
      </Stack>
    </section>
  );
}
