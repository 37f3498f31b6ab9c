import React from 'react';
import { Route, Routes } from 'react-router-dom';
import { AccountList } from './AccountList';
import { EditAccount } from './EditAccount';
import { NewAccount } from './NewAccount';

export function AccountsPage() {
  return (
    <Routes>
      <Route index element={<AccountList />} />
      <Route path="new" element={<NewAccount />} />
      <Route path=":name/edit" element={<EditAccount />} />
    </Routes>
  );
}
