import 'systemjs/dist/system.js';
import 'systemjs/dist/extras/amd.js';
import 'systemjs/dist/extras/named-register.js';
import * as emotionCSS from '@emotion/css';
import * as emotionReact from '@emotion/react';
import * as data from '@grafana/data';
import * as dataUnstable from '@grafana/data/unstable';
import * as runtime from '@grafana/runtime';
import * as runtimeUnstable from '@grafana/runtime/unstable';
import * as ui from '@grafana/ui';
import * as uiUnstable from '@grafana/ui/unstable';
import i18next from 'i18next';
import lodash from 'lodash';
// eslint-disable-next-line no-restricted-imports -- Grafana shares it
import moment from 'moment';
import * as react from 'react';
import * as reactDOM from 'react-dom';
import * as jsxDevRuntime from 'react/jsx-dev-runtime';
import * as jsxRuntime from 'react/jsx-runtime';
import * as reactRouter from 'react-router';
import * as rxjs from 'rxjs';
import * as rxjsOperators from 'rxjs/operators';

interface Loader {
  set(id: string, module: object): void;
  import(id: string): Promise<Record<string, unknown>>;
  addImportMap(map: { imports: Record<string, string> }): void;
}

declare global {
  interface Window {
    System: Loader;
  }
}

const whole = (value: object) => ({ default: value, __useDefault: true });

/**
 * What a plugin may leave to Grafana 12.4, as far as an app of ours could ask for it. It is a closed list: react-dom/client,
 * @grafana/i18n and @grafana/schema are not there, so that a bundle that leaves them out fails here as it does there.
 */
const modules: Record<string, object> = {
  '@emotion/css': emotionCSS,
  '@emotion/react': emotionReact,
  '@grafana/data': data,
  '@grafana/data/unstable': dataUnstable,
  '@grafana/runtime': runtime,
  '@grafana/runtime/unstable': runtimeUnstable,
  '@grafana/ui': ui,
  '@grafana/ui/unstable': uiUnstable,
  i18next,
  lodash: whole(lodash),
  moment: whole(moment),
  react,
  'react/jsx-runtime': jsxRuntime,
  'react/jsx-dev-runtime': jsxDevRuntime,
  'react-dom': reactDOM,
  'react-router': reactRouter,
  rxjs,
  'rxjs/operators': rxjsOperators,
};

export function shareModules(): Loader {
  const system = window.System;
  const imports: Record<string, string> = {};
  for (const [name, module] of Object.entries(modules)) {
    imports[name] = `package:${name}`;
    system.set(`package:${name}`, module);
  }
  system.addImportMap({ imports });
  return system;
}
