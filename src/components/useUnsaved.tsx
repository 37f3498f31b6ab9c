import React, { useEffect, useRef, useState, type ReactNode } from 'react';
import type { Location } from 'react-router-dom';
import { hashKey } from '@tanstack/react-query';
import { t } from '@grafana/i18n';
import { locationService } from '@grafana/runtime';
import { Confirm } from './Confirm';

interface Unsaved {
  /** The question, while it is asked. */
  warning: ReactNode;
  /** What the form held when this was rendered is saved; what follows at once does not ask. */
  saved: () => void;
  /** Does what leaves the form without leaving the page, after asking where something would be lost. */
  leave: (go: () => void) => void;
}

/**
 * Asks before a form is left that holds something else than when it was opened or last saved: by links and Back, by what
 * calls `leave`, and in the browser's own words when the tab is closed or loaded anew. One form a page: the history asks once.
 */
export function useUnsaved(form: unknown): Unsaved {
  // Whatever the order of fields: they may be taken out and put back.
  const held = hashKey([form]);
  const [kept, setKept] = useState(held);
  const [asked, setAsked] = useState<{ go: () => void }>();
  const free = useRef(false);
  const changed = held !== kept;

  useEffect(() => {
    free.current = false;
    if (!changed) {
      return undefined;
    }
    // Grafana's router takes no blocker of react-router's; its own forms ask its history too.
    const history = locationService.getHistory();
    const unblock = history.block((to: Location, action: string) => {
      const { pathname, search } = history.location;
      if (free.current || (to.pathname === pathname && to.search === search)) {
        return undefined;
      }
      setAsked({ go: () => (action === 'REPLACE' ? history.replace(to) : history.push(to)) });
      return false;
    });
    const stay = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', stay);
    return () => {
      unblock();
      window.removeEventListener('beforeunload', stay);
    };
  }, [changed, kept]);

  return {
    saved: () => {
      free.current = true;
      setKept(held);
    },
    leave: (go) => (changed ? setAsked({ go }) : go()),
    warning: asked && (
      <Confirm
        title={t('unsaved.title', 'Leave without saving?')}
        body={t('unsaved.body', 'What was changed here is not saved and would be lost.')}
        yes={t('unsaved.leave', 'Discard changes')}
        no={t('unsaved.stay', 'Keep editing')}
        onYes={() => {
          free.current = true;
          asked.go();
          free.current = false;
        }}
        onClose={() => setAsked(undefined)}
      />
    ),
  };
}
