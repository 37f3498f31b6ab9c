import React, { createContext, useContext } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2, NavModelItem } from '@grafana/data';
import { locationService, type PluginPageProps } from '@grafana/runtime';
import { Tab, TabsBar, useStyles2 } from '@grafana/ui';

/** What the page is called that has no pageNav of its own. */
export const NavItem = createContext<NavModelItem>({ text: '' });

/** Stands for Grafana's page: a title with actions, tabs of the pageNav, and what the plugin draws. */
export function Page({ pageNav, actions, subTitle, info, renderTitle, children }: PluginPageProps) {
  const styles = useStyles2(getStyles);
  const nav = useContext(NavItem);
  const item = pageNav ?? nav;
  const tabs = pageNav?.children?.filter((c) => !c.hideFromTabs) ?? [];
  const description = subTitle ?? item.subTitle;
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <div className={styles.row}>
          {renderTitle ? renderTitle(item.text) : <h1 className={styles.title}>{item.text}</h1>}
          {info?.map((one) => (
            <div key={one.label}>
              <div className={styles.muted}>{one.label}</div>
              <div>{one.value}</div>
            </div>
          ))}
          <div className={styles.actions}>{actions}</div>
        </div>
        {description && <div className={styles.muted}>{description}</div>}
      </header>
      {tabs.length > 0 && (
        <TabsBar>
          {tabs.map((tab) => (
            <Tab
              key={tab.text}
              label={tab.text}
              active={tab.active}
              icon={tab.icon === undefined ? undefined : 'bell'}
              href={tab.url}
              onChangeTab={() => tab.url && locationService.push(tab.url)}
            />
          ))}
        </TabsBar>
      )}
      <div className={styles.content}>{children}</div>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({
    display: 'flex',
    flexDirection: 'column',
    flexGrow: 1,
    padding: theme.spacing(2),
    [theme.breakpoints.up('md')]: { padding: theme.spacing(4) },
  }),
  header: css({ marginBottom: theme.spacing(3) }),
  row: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1, 3) }),
  title: css({ margin: 0 }),
  actions: css({ display: 'flex', gap: theme.spacing(1), marginLeft: 'auto' }),
  muted: css({ color: theme.colors.text.secondary }),
  content: css({ display: 'flex', flexDirection: 'column', flexGrow: 1, paddingTop: theme.spacing(1) }),
});
