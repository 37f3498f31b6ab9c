import React, { type ReactElement } from 'react';
import { MemoryRouter } from 'react-router-dom';
import { render, type RenderResult } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { Queries } from '../components/Queries';

/** Draws something of the app at a path, with a cache of answers of its own. */
export function renderAt(path: string, element: ReactElement): RenderResult & { user: UserEvent } {
  const user = userEvent.setup();
  return {
    user,
    ...render(
      <MemoryRouter initialEntries={[path]}>
        <Queries>{element}</Queries>
      </MemoryRouter>
    ),
  };
}
