import React from 'react';
import { Route, Routes } from 'react-router-dom';
import { EditPage } from './EditPage';
import { ListPage } from './ListPage';
import { NewPage } from './NewPage';

export function ContactPointsPage() {
  return (
    <Routes>
      <Route index element={<ListPage />} />
      <Route path="new" element={<NewPage />} />
      <Route path=":name/edit" element={<EditPage />} />
    </Routes>
  );
}
