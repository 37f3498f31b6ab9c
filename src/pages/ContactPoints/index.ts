export { ContactPointsPage } from './ContactPointsPage';
