import React from 'react';
import { screen, waitFor } from '@testing-library/react';
import type { ContactPointSettings, Preview } from '../../../api/types';
import { playBackend, Refusal, type Handler } from '../../../testing/backend';
import { accounts, chatApp, groupRobot, people, sent } from '../../../testing/contactPoints';
import { renderAt } from '../../../testing/render';
import { PreviewPanel } from './PreviewPanel';

const draft: ContactPointSettings = { steps: [{ notify: [{ account: 'corp', to: ['person:li'] }] }] };
const part = (text: string, bytes: number) => ({
  preview: { shape: 'card' as const, blocks: [{ kind: 'text' as const, text }] },
  bytes,
});
const preview: Preview = {
  account: 'corp',
  type: 'chat_app',
  target: 'person:li',
  parts: [part('Disk almost full', 826)],
  notes: [{ en: 'cut to fit' }],
};

function draw(answer: Handler, of: ContactPointSettings | undefined = draft) {
  const asked = playBackend({ 'POST /v1/preview': answer });
  const panel = (settings: ContactPointSettings | undefined) => (
    <PreviewPanel name="" draft={settings} accounts={accounts} types={[chatApp, groupRobot]} people={people} />
  );
  return { ...renderAt('/', panel(of)), asked };
}

const incomplete = /Choose an account and recipients/;

it('draws what each target would see, with its size and notes', async () => {
  draw(() => [preview]);
  expect(await screen.findByText('Disk almost full')).toBeInTheDocument();
  expect(screen.getByText('Corp app → Li Lei')).toBeInTheDocument();
  expect(screen.getByText('826 bytes')).toBeInTheDocument();
  expect(screen.getByText('cut to fit')).toBeInTheDocument();
});

it('tells what only the list of chats shows from what the message says', async () => {
  draw(() => [
    {
      ...preview,
      parts: [{ preview: { shape: 'bubble', listed: 'Disk', blocks: [{ kind: 'heading', text: 'Disk' }] }, bytes: 9 }],
    },
  ]);
  expect(await screen.findByText('In the list of chats: Disk')).toBeInTheDocument();
  expect(screen.getAllByText('Disk')).toHaveLength(1);
});

it('draws every part', async () => {
  draw(() => [{ ...preview, parts: [part('one', 1), part('two', 2)] }]);
  expect(await screen.findByText('Part 2 of 2, 2 bytes')).toBeInTheDocument();
});

it('sends the draft under a name of its own as long as there is none', async () => {
  const { asked } = draw(() => [preview]);
  await screen.findByText('Disk almost full');
  expect(sent(asked, 'POST', '/v1/preview')).toEqual([
    { contact_point: 'preview', draft, severity: 'critical', status: 'firing' },
  ]);
});

it('asks for another severity and for the resolved message', async () => {
  const { user, asked } = draw(() => [preview]);
  await user.click(await screen.findByRole('radio', { name: 'Resolved' }));
  await user.click(screen.getByRole('combobox', { name: 'Severity' }));
  await user.click(await screen.findByRole('option', { name: 'Info' }));
  await waitFor(() =>
    expect(sent(asked, 'POST', '/v1/preview')).toContainEqual(
      expect.objectContaining({ severity: 'info', status: 'resolved' })
    )
  );
});

it('asks nothing as long as too much is missing', () => {
  const asked = playBackend({});
  renderAt('/', <PreviewPanel name="" draft={undefined} accounts={accounts} types={[chatApp]} people={people} />);
  expect(screen.getByText(incomplete)).toBeInTheDocument();
  expect(asked).toEqual([]);
});

it('says that nothing is sent for a severity', async () => {
  draw(() => []);
  expect(await screen.findByText('Nothing is sent for this severity.')).toBeInTheDocument();
});

it('says why one target cannot be drawn', async () => {
  draw(() => [{ ...preview, parts: [], error: 'nobody has an id' }]);
  expect(await screen.findByText('nobody has an id')).toBeInTheDocument();
});

it('says why there is no preview', async () => {
  draw(
    () =>
      new Refusal(422, {
        error: 'x',
        faults: [{ path: 'contact_points[0].steps', message: { en: 'a step is missing' } }],
      })
  );
  expect(await screen.findByText('a step is missing')).toBeInTheDocument();
});
