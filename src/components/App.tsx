import React, { Suspense, lazy } from 'react';
import { Navigate, Route, Routes } from 'react-router-dom';
import { PluginPage } from '@grafana/runtime';
import { LoadingPlaceholder } from '@grafana/ui';
import { t } from '@grafana/i18n';
import { Queries } from './Queries';

const ContactPointsPage = lazy(async () => ({ default: (await import('../pages/ContactPoints')).ContactPointsPage }));
const NotificationsPage = lazy(async () => ({ default: (await import('../pages/Notifications')).NotificationsPage }));
const PeoplePage = lazy(async () => ({ default: (await import('../pages/People')).PeoplePage }));
const AccountsPage = lazy(async () => ({ default: (await import('../pages/Accounts')).AccountsPage }));

/** The app's pages. Grafana mounts them below /a/yunluo-notify-app. */
export function App() {
  return (
    <Queries>
      <Suspense fallback={<Loading />}>
        <Routes>
          <Route path="contact-points/*" element={<ContactPointsPage />} />
          <Route path="notifications/*" element={<NotificationsPage />} />
          <Route path="people" element={<PeoplePage />} />
          <Route path="accounts/*" element={<AccountsPage />} />
          <Route path="*" element={<Navigate to="contact-points" replace />} />
        </Routes>
      </Suspense>
    </Queries>
  );
}

function Loading() {
  return (
    <PluginPage>
      <LoadingPlaceholder text={t('app.loading', 'Loading…')} />
    </PluginPage>
  );
}
