import { boot } from './boot';
import { visitor } from './visitor';

// @grafana/runtime reads the boot data when it is imported.
const who = visitor();
boot(who);
void import('./start').then(({ start }) => start(who));
