import path from 'path';
import { harness } from '../harness/webpack.config';

// src is a link to ../harness: what is imported there is looked for here first, where React 19 is.
export default harness(path.join(import.meta.dirname, 'src'), 'harness-13', '13.2.3');
