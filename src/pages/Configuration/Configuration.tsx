import React from 'react';
import type { AppPluginMeta, PluginConfigPageProps } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { Alert, Box, Stack } from '@grafana/ui';
import { hasRole } from '../../api/role';
import { Queries } from '../../components/Queries';
import { Access } from './Access';
import { CoreState } from './CoreState';
import { DefaultsSection } from './DefaultsSection';
import { EnableApp } from './EnableApp';

/** The app's page among Grafana's plugins: switches it on, and says how it is. */
export function Configuration({ plugin }: PluginConfigPageProps<AppPluginMeta>) {
  const enabled = plugin.meta.enabled ?? false;
  return (
    <Queries>
      {hasRole('Admin') ? (
        <Box maxWidth={100}>
          <Stack direction="column" gap={4}>
            <EnableApp enabled={enabled} />
            {enabled && (
              <>
                <CoreState />
                <Access />
                <DefaultsSection />
              </>
            )}
          </Stack>
        </Box>
      ) : (
        <Alert severity="info" title={t('configuration.role-title', 'Only admins configure the app')}>
          <Trans i18nKey="configuration.role-body">Ask an admin of this organisation.</Trans>
        </Alert>
      )}
    </Queries>
  );
}
