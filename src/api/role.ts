import { config } from '@grafana/runtime';

const ranks = ['Viewer', 'Editor', 'Admin'];

/** Whether the user has a role or a higher one in the organisation. The backend decides; pages only hide what would be refused. */
export function hasRole(role: 'Viewer' | 'Editor' | 'Admin'): boolean {
  const user = config.bootData.user;
  return user.isGrafanaAdmin || ranks.indexOf(user.orgRole) >= ranks.indexOf(role);
}
