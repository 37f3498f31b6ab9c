import React, { useState } from 'react';
import { t, Trans } from '@grafana/i18n';
import { Alert, Box, Button, Combobox, Field, Stack, Text } from '@grafana/ui';
import { words } from '../../api/language';
import { useAccounts, useTypes } from '../../api/queries';
import type { Person } from '../../api/types';
import { useLookup } from '../../api/workbench';
import { Problem } from '../../components/Problem';
import type { IdRow } from './draft';

interface Props {
  person: Person;
  onTake: (row: IdRow) => void;
}

/** Asks a provider for the person's id, with what is entered in the form. */
export function LookupCheck({ person, onTake }: Props) {
  const accounts = useAccounts();
  const types = useTypes();
  const lookup = useLookup();
  const [chosen, setChosen] = useState<string>();
  const list = accounts.data?.accounts ?? [];
  const typeOf = (name: string | undefined) => {
    const account = list.find((a) => a.name === name);
    return types.data?.find((type) => type.type === account?.type);
  };
  if (list.length === 0) {
    return null;
  }
  const provider = typeOf(lookup.variables?.account)?.provider;
  return (
    <Box borderStyle="solid" borderColor="weak" borderRadius="default" padding={2}>
      <Stack direction="column" gap={2}>
        <Field
          label={t('people.lookup', 'Lookup check')}
          description={t(
            'people.lookup-help',
            'Asks the provider of an account for the id, by what is entered above. Nothing is sent to the person.'
          )}
          htmlFor="person-lookup"
          noMargin
        >
          <Combobox
            id="person-lookup"
            options={list.map((a) => ({
              value: a.name,
              label: a.title || a.name,
              description: words(typeOf(a.name)?.title) || a.type,
            }))}
            value={chosen ?? null}
            placeholder={t('people.lookup-account', 'Choose an account')}
            onChange={(option) => {
              setChosen(option.value);
              lookup.reset();
            }}
          />
        </Field>
        <div>
          <Button
            type="button"
            variant="secondary"
            icon={lookup.isPending ? 'spinner' : 'search'}
            disabled={!chosen || lookup.isPending}
            onClick={() => chosen && lookup.mutate({ account: chosen, person })}
          >
            <Trans i18nKey="people.lookup-button">Look up</Trans>
          </Button>
        </div>
        <div aria-live="polite">
          {lookup.isError && (
            <Problem title={t('people.lookup-failed', 'The lookup gave no id')} error={lookup.error} />
          )}
          {lookup.isSuccess && (
            <Alert severity="success" title={t('people.lookup-found', 'Found')} bottomSpacing={0}>
              <Stack gap={2} alignItems="center" wrap="wrap">
                <Text variant="code">{lookup.data.id}</Text>
                {provider && (
                  <Button
                    type="button"
                    size="sm"
                    variant="secondary"
                    onClick={() => onTake({ provider, id: lookup.data.id })}
                  >
                    <Trans i18nKey="people.take-id">Take over this id</Trans>
                  </Button>
                )}
              </Stack>
            </Alert>
          )}
        </div>
      </Stack>
    </Box>
  );
}
