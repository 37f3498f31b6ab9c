// Jest setup provided by Grafana scaffolding
import './.config/jest-setup';
import { configure } from '@testing-library/react';

// A busy machine is no fault of a page.
configure({ asyncUtilTimeout: 30_000 });

// jsdom lays nothing out: texts have a width all the same, and virtual lists a height, so that Combobox shows its options.
HTMLCanvasElement.prototype.getContext = () => ({ measureText: (text) => ({ width: 8 * text.length }) });
Element.prototype.getBoundingClientRect = () => ({ x: 0, y: 0, top: 0, left: 0, bottom: 320, right: 320, width: 320, height: 320, toJSON: () => ({}) });

class NothingObserved {
  observe() {}
  unobserve() {}
  disconnect() {}
  takeRecords() {
    return [];
  }
}
global.ResizeObserver = NothingObserved;
global.IntersectionObserver = NothingObserved;
