export { Configuration } from './Configuration';
