export const env = {}; export default { env };
