import { useAccounts, usePeople, useTypes } from '../../api/queries';
import type { Choices } from './form/EntryEditor';

/** What a contact point can be made of, once all of it is there. Only editors are told the accounts. */
export function useChoices(enabled: boolean) {
  const accounts = useAccounts(enabled);
  const types = useTypes();
  const people = usePeople();
  const all = [accounts, types, people];
  const choices: Choices | undefined =
    accounts.data && types.data && people.data
      ? { accounts: accounts.data.accounts, types: types.data, people: people.data.people }
      : undefined;
  return {
    choices,
    error: all.find((q) => q.isError && !q.data)?.error,
    retry: () => all.forEach((q) => q.isError && q.refetch()),
  };
}
