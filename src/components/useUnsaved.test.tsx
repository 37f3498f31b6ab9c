import React, { useState } from 'react';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { locationService } from '@grafana/runtime';
import { goes } from '../testing/leave';
import { useUnsaved } from './useUnsaved';

function Form({ onSaved, onClose }: { onSaved?: () => void; onClose?: () => void }) {
  const [form, setForm] = useState<Record<string, string>>({ title: 'Payments', language: 'en' });
  const { warning, saved, leave } = useUnsaved(form);
  const { title: _title, ...rest } = form;
  return (
    <>
      {warning}
      <input aria-label="Title" value={form.title ?? ''} onChange={(e) => setForm({ ...rest, title: e.target.value })} />
      <button
        type="button"
        onClick={() =>
          setTimeout(() => {
            saved();
            onSaved?.();
          }, 100)
        }
      >
        Save
      </button>
      <button type="button" onClick={() => leave(() => onClose?.())}>
        Close
      </button>
    </>
  );
}

const here = () => locationService.getLocation().pathname;
const go = (to: string) => goes(() => locationService.push(to));
const question = () => screen.queryByRole('dialog', { name: 'Leave without saving?' });
const answer = (name: string) => userEvent.click(screen.getByRole('button', { name }));
const title = () => screen.getByRole('textbox', { name: 'Title' });

/** Whether the browser would ask before the tab is closed. */
const asksForTab = () => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }));

beforeEach(() => locationService.push('/form?a=1'));

test('a form that was not changed is left without a word', async () => {
  render(<Form />);
  expect(asksForTab()).toBe(false);
  await go('/elsewhere');
  expect(here()).toBe('/elsewhere');
});

test('who keeps editing stays, with what was entered', async () => {
  render(<Form />);
  await userEvent.type(title(), '!');
  expect(asksForTab()).toBe(true);
  await go('/elsewhere');
  expect(question()).toBeInTheDocument();
  await answer('Keep editing');
  expect(question()).not.toBeInTheDocument();
  expect(here()).toBe('/form');
  expect(title()).toHaveValue('Payments!');
});

test('who discards the changes goes on, and is asked anew next time', async () => {
  render(<Form />);
  await userEvent.type(title(), '!');
  await go('/elsewhere');
  await answer('Discard changes');
  expect(here()).toBe('/elsewhere');
  // This form does not go with its page.
  await go('/further');
  expect(question()).toBeInTheDocument();
});

test('Back asks too', async () => {
  locationService.push('/form?a=2');
  render(<Form />);
  await userEvent.type(title(), '!');
  await goes(() => locationService.getHistory().goBack());
  expect(question()).toBeInTheDocument();
  await answer('Discard changes');
  expect(locationService.getLocation().search).toBe('?a=1');
});

test('what stays on the page is not asked about', async () => {
  render(<Form />);
  await userEvent.type(title(), '!');
  await go('/form?a=1#steps');
  expect(question()).not.toBeInTheDocument();
  expect(locationService.getLocation().hash).toBe('#steps');
});

test('a change that was taken back is none', async () => {
  render(<Form />);
  await userEvent.type(title(), '!{Backspace}');
  await go('/elsewhere');
  expect(here()).toBe('/elsewhere');
});

test('what follows a save does not ask, nor does leaving later', async () => {
  const onSaved = jest.fn(() => locationService.push('/saved'));
  render(<Form onSaved={onSaved} />);
  await userEvent.type(title(), '!');
  await answer('Save');
  await waitFor(() => expect(onSaved).toHaveBeenCalled());
  expect(here()).toBe('/saved');
  expect(question()).not.toBeInTheDocument();
  expect(asksForTab()).toBe(false);
  await go('/elsewhere');
  expect(here()).toBe('/elsewhere');
});

test('what is typed while the form is being saved is not saved with it', async () => {
  const onSaved = jest.fn();
  render(<Form onSaved={onSaved} />);
  await userEvent.type(title(), '!');
  await answer('Save');
  expect(onSaved).not.toHaveBeenCalled();
  await userEvent.type(title(), '?');
  await waitFor(() => expect(onSaved).toHaveBeenCalled());
  await go('/elsewhere');
  expect(question()).toBeInTheDocument();
  expect(here()).toBe('/form');
});

test('closing what the form is in asks where something would be lost', async () => {
  const onClose = jest.fn();
  render(<Form onClose={onClose} />);
  await answer('Close');
  expect(onClose).toHaveBeenCalledTimes(1);
  await userEvent.type(title(), '!');
  await answer('Close');
  expect(onClose).toHaveBeenCalledTimes(1);
  await answer('Discard changes');
  expect(onClose).toHaveBeenCalledTimes(2);
});
