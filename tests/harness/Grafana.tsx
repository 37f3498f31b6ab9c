import React, { useEffect, useLayoutEffect, useMemo, useState } from 'react';
import { Route, Router, Routes, useLocation, type NavigationType } from 'react-router';
import { css, cx } from '@emotion/css';
import { createTheme, ThemeContext, type AppPlugin, type GrafanaTheme2, type NavModelItem } from '@grafana/data';
import { config, locationService } from '@grafana/runtime';
import { ErrorBoundaryAlert, GlobalStyles, PortalContainer, useStyles2 } from '@grafana/ui';
import { NavItem, Page } from './Page';
import { pluginId, type Meta } from './plugin';
import { Toasts } from './Toasts';

interface Props {
  plugin: AppPlugin;
  meta: Meta;
}

/** A Grafana of which only what an app touches is there. */
export function Grafana(props: Props) {
  const theme = useMemo(() => createTheme({ colors: { mode: config.bootData.user.theme === 'light' ? 'light' : 'dark' } }), []);
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <GrafanaRouter>
        <div className="main-view">
          <Frame {...props} />
        </div>
        <PortalContainer />
        <Toasts />
      </GrafanaRouter>
    </ThemeContext.Provider>
  );
}

type History = ReturnType<typeof locationService.getHistory>;

function GrafanaRouter({ children }: { children: React.ReactNode }) {
  const history = locationService.getHistory();
  const [state, setState] = useState({ action: history.action, location: history.location });
  useLayoutEffect(() => history.listen((location: History['location'], action: History['action']) => setState({ action, location })), [history]);
  useEffect(() => {
    document.addEventListener('click', followLink);
    return () => document.removeEventListener('click', followLink);
  }, []);
  // Both name the actions alike.
  const action = state.action as NavigationType;
  return (
    <Router navigator={history} location={state.location} navigationType={action}>
      {children}
    </Router>
  );
}

/** Grafana turns clicks on plain links into navigation without loading. */
function followLink(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  const href = link?.getAttribute('href');
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || !href?.startsWith('/') || link?.target) {
    return;
  }
  event.preventDefault();
  locationService.push(href);
}

function Frame({ plugin, meta }: Props) {
  const styles = useStyles2(getStyles);
  const { pathname } = useLocation();
  const pages = meta.includes?.filter((i) => i.type === 'page' && i.addToNav && allowed(i.role)) ?? [];
  const here = pages.find((p) => p.path && pathname.startsWith(p.path));
  const nav: NavModelItem = { text: here?.name ?? meta.name };
  return (
    <div className={styles.frame}>
      <nav className={styles.nav} aria-label="Main">
        <strong>{meta.name}</strong>
        {pages.map((p) => (
          <a key={p.name} href={p.path} aria-current={p === here ? 'page' : undefined} className={cx(styles.link, p === here && styles.here)}>
            {p.name}
          </a>
        ))}
      </nav>
      <main className={styles.main}>
        <NavItem.Provider value={nav}>
          <ErrorBoundaryAlert key={pathname.split('/')[1]} style="page">
            <Routes>
              <Route path={`/a/${pluginId}/*`} element={<AppRoot plugin={plugin} meta={meta} />} />
              <Route path={`/plugins/${pluginId}`} element={<ConfigPage plugin={plugin} meta={meta} />} />
              <Route path="*" element={<Page pageNav={{ text: pathname }}>This page is Grafana&apos;s own.</Page>} />
            </Routes>
          </ErrorBoundaryAlert>
        </NavItem.Provider>
      </main>
    </div>
  );
}

function allowed(role?: string): boolean {
  const ranks = ['Viewer', 'Editor', 'Admin'];
  return ranks.indexOf(config.bootData.user.orgRole) >= ranks.indexOf(role || 'Viewer');
}

function useQuery(): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(useLocation().search));
}

function AppRoot({ plugin, meta }: Props) {
  const { pathname } = useLocation();
  const query = useQuery();
  const Root = plugin.root;
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- Grafana still hands them to plugins
  return Root ? <Root meta={meta} query={query} path={pathname} basename={`/a/${pluginId}`} onNavChanged={() => {}} /> : null;
}

function ConfigPage({ plugin, meta }: Props) {
  const query = useQuery();
  const tab = plugin.configPages?.find((p) => p.id === query.page) ?? plugin.configPages?.[0];
  const pageNav: NavModelItem = {
    text: meta.name,
    subTitle: meta.info.description,
    children: plugin.configPages?.map((p) => ({ text: p.title, url: `/plugins/${pluginId}?page=${p.id}`, active: p === tab })),
  };
  return <Page pageNav={pageNav}>{tab && <tab.body plugin={plugin} query={query} />}</Page>;
}

const getStyles = (theme: GrafanaTheme2) => ({
  frame: css({ display: 'flex', flexGrow: 1, minHeight: '100vh', background: theme.colors.background.canvas }),
  nav: css({
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(0.5),
    width: 200,
    flexShrink: 0,
    padding: theme.spacing(2),
    background: theme.colors.background.primary,
    borderRight: `1px solid ${theme.colors.border.weak}`,
    [theme.breakpoints.down('md')]: { display: 'none' },
  }),
  link: css({ padding: theme.spacing(0.5, 1), borderRadius: theme.shape.radius.default, color: theme.colors.text.secondary }),
  here: css({ background: theme.colors.action.selected, color: theme.colors.text.primary }),
  main: css({ display: 'flex', flexGrow: 1, minWidth: 0, background: theme.colors.background.primary }),
});
