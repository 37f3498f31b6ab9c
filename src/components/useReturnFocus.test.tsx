import React, { useState } from 'react';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useReturnFocus } from './useReturnFocus';

function Opened({ onClose }: { onClose: () => void }) {
  useReturnFocus();
  return (
    <button type="button" onClick={onClose}>
      Close
    </button>
  );
}

function Page() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <a href="#main">Skip</a>
      <button type="button" onClick={() => setOpen(true)}>
        Open
      </button>
      {open && <Opened onClose={() => setOpen(false)} />}
    </>
  );
}

it('gives the focus back to what opened something, when that is gone', async () => {
  render(<Page />);
  await userEvent.click(screen.getByRole('button', { name: 'Open' }));
  await userEvent.click(screen.getByRole('button', { name: 'Close' }));
  await waitFor(() => expect(screen.getByRole('button', { name: 'Open' })).toHaveFocus());
});
